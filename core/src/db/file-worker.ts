import { parentPort, workerData } from 'node:worker_threads'
import { connect, type Connection } from './connect.ts'
import { AnswerLost, BatchAborted, type Row } from './port.ts'
import { toCause, unpack, type Reply, type Request } from './wire.ts'

// The thread that owns the only writing connection of a file. It handles one batch after the other and keeps no state between them.

const { path, patience } = workerData as { path: string; patience: number }
const port = parentPort!
const reply = (message: Reply) => port.postMessage(message)

function serve(connection: Connection): void {
  port.on('message', (request: Request) => {
    if (request.kind === 'close') {
      connection.close()
      port.close()
      return
    }
    reply(run(connection, request))
  })
  reply({ status: 'ready' })
}

function run(connection: Connection, { id, packed }: Extract<Request, { kind: 'batch' }>): Reply {
  try {
    const rows: [number, Row[]][] = []
    connection.runBatch(unpack(packed)).forEach((answer, index) => {
      if (answer.length > 0) rows.push([index, answer])
    })
    return { status: 'stored', id, rows }
  } catch (error) {
    if (error instanceof BatchAborted) return { status: 'aborted', id, index: error.index, kind: error.kind, cause: toCause(error) }
    if (error instanceof AnswerLost) return { status: 'lost', id, cause: toCause(error) }
    return { status: 'aborted', id, index: -1, kind: 'other', cause: toCause(error) }
  }
}

try {
  serve(connect(path, { patience }))
} catch (error) {
  reply({ status: 'failed', cause: toCause(error) })
}

import { request } from 'node:http'
import { connect } from 'node:net'
import { Hono } from 'hono'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sameSite } from './guard.ts'
import { answerProblem, problemOf } from './problem.ts'
import { listen, type Listening } from './serve.ts'

const SLOW_MS = 300

let server: Listening
beforeAll(async () => {
  const app = new Hono()
  app.onError((error, c) => answerProblem(c, problemOf(error)))
  app.use(sameSite({ listensOnLoopback: true, publicUrl: 'https://hub.example' }))
  app.post('/', async (c) => c.text(String((await c.req.arrayBuffer()).byteLength)))
  app.get('/', (c) => c.text('ok'))
  app.get('/fails', () => {
    throw new Error('password is hunter2')
  })
  server = await listen(app, '127.0.0.1', 0, SLOW_MS)
})
afterAll(() => server.close())

function ask(path: string, headers: Record<string, string>): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: server.port, path, headers }, (answer) => {
      let body = ''
      answer.on('data', (part: Buffer) => (body += part.toString()))
      answer.on('end', () => resolve({ status: answer.statusCode, body }))
    })
    asked.on('error', reject)
    asked.end()
  })
}

test('a body that trickles in is cut off', async () => {
  const began = performance.now()
  await new Promise<void>((resolve) => {
    const socket = connect(server.port, '127.0.0.1', () => {
      socket.write('POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 100\r\n\r\n')
      const drip = setInterval(() => socket.write('x'), 50)
      socket.on('error', () => undefined)
      socket.on('data', () => undefined)
      socket.on('close', () => {
        clearInterval(drip)
        resolve()
      })
    })
  })
  expect(performance.now() - began).toBeLessThan(SLOW_MS * 8)
})

test('a foreign name that points to this machine gets nothing', async () => {
  expect((await ask('/', { host: 'evil.example' })).status).toBe(403)
  for (const host of ['127.0.0.1', `localhost:${server.port}`, 'hub.example']) expect((await ask('/', { host })).status).toBe(200)
})

test('what failed inside stays inside', async () => {
  const { status, body } = await ask('/fails', {})
  expect(status).toBe(500)
  expect(body).not.toMatch(/hunter2|at .*\.ts/)
})

test('a taken port is one error that says what to do', async () => {
  await expect(listen(new Hono(), '127.0.0.1', server.port)).rejects.toMatchObject({
    message: `Port ${server.port} is taken`,
    next: expect.stringContaining('THROUGHLINE_PORT=') as string,
  })
})

import { spawn } from 'node:child_process'

export interface HubProcess {
  readonly pid: number
  /** Keys whose commits were acknowledged, so far. */
  readonly acknowledged: readonly string[]
  readonly errors: () => string
  /** Resolves when at least `n` more commits were acknowledged than now. */
  more(n: number): Promise<void>
  /** `kill -9`; resolves when it is gone and all it said was read. */
  kill(): Promise<void>
}

/** Starts `hub-process.ts` on a file and waits until it has it open. @throws with what it said when it ends before. */
export async function startHub(path: string): Promise<HubProcess> {
  const script = new URL('./hub-process.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [script, path], { stdio: ['ignore', 'pipe', 'pipe'] })
  const acknowledged: string[] = []
  let errors = ''
  let rest = ''
  let ready = false
  let gone = false
  let waiting: { enough: () => boolean; done: () => void }[] = []

  const check = () => {
    waiting = waiting.filter(({ enough, done }) => {
      if (!gone && !enough()) return true
      done()
      return false
    })
  }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    // A line without its end may be cut.
    rest = lines.pop()!
    for (const line of lines) {
      if (line === 'ready') ready = true
      else acknowledged.push(line)
    }
    check()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const closed = new Promise<void>((done) =>
    child.on('close', () => {
      gone = true
      check()
      done()
    }),
  )
  const until = (enough: () => boolean) => new Promise<void>((done) => (waiting.push({ enough, done }), check()))

  await until(() => ready)
  if (!ready) throw new Error(errors)
  return {
    pid: child.pid!,
    acknowledged,
    errors: () => errors,
    more(n) {
      const target = acknowledged.length + n
      return until(() => acknowledged.length >= target)
    },
    async kill() {
      child.kill('SIGKILL')
      await closed
    },
  }
}

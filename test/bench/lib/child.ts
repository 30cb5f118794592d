import { fork, type ChildProcess } from 'node:child_process'

/** A process of our own that answers questions. Ends with its parent. */
export interface Child {
  readonly pid: number
  /** Rejects when the child throws, or ends before it answers. */
  ask<T = unknown>(verb: string, input?: unknown): Promise<T>
  /** Orderly: the `stop` verb, then the end of the process. */
  stop(): Promise<void>
  /** `kill -9`; resolves when the process is gone. */
  kill(): Promise<void>
  readonly ended: Promise<void>
  /** What it wrote last, if that is kept. */
  output(): string
}

interface Question {
  readonly id: number
  readonly verb: string
  readonly input: unknown
}

type Answer = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: string }

export interface ChildOptions {
  readonly args?: readonly string[]
  readonly execArgv?: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  /** Keep what it writes instead of passing it on. */
  readonly keepOutput?: boolean
}

const KEPT_CHARACTERS = 20_000
const STOP_MS = 15_000

/** Starts a script that calls `answer`, itself or by a module it was told to import. */
export function startChild(script: URL, options: ChildOptions = {}): Child {
  const pipe = options.keepOutput === true ? 'pipe' : 'inherit'
  const child: ChildProcess = fork(script, [...(options.args ?? [])], {
    execArgv: [...(options.execArgv ?? [])],
    stdio: ['ignore', pipe, pipe, 'ipc'],
    serialization: 'advanced',
    env: { ...process.env, ...options.env },
  })
  let written = ''
  const keep = (chunk: Buffer): void => void (written = (written + chunk.toString()).slice(-KEPT_CHARACTERS))
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  let last = 0
  child.on('message', (message) => {
    const answer = message as Answer
    const asked = waiting.get(answer.id)
    waiting.delete(answer.id)
    if ('error' in answer) asked?.reject(new Error(answer.error))
    else asked?.resolve(answer.value)
  })
  let isOver = false
  const ended = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      isOver = true
      const why = `${script.pathname} ended (${signal ?? code}) before it answered\n${written.slice(-2_000)}`
      for (const asked of waiting.values()) asked.reject(new Error(why))
      waiting.clear()
      resolve()
    })
  })
  const ask = <T>(verb: string, input?: unknown): Promise<T> =>
    new Promise((resolve, reject) => {
      if (isOver) return reject(new Error(`${script.pathname} has ended\n${written.slice(-2_000)}`))
      const id = ++last
      waiting.set(id, { resolve: resolve as (value: unknown) => void, reject })
      child.send({ id, verb, input } satisfies Question, (error) => {
        if (error && waiting.delete(id)) reject(error)
      })
    })
  return {
    pid: child.pid!,
    ask,
    ended,
    output: () => written,
    async stop() {
      if (isOver) return
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
      await ask('stop').catch(() => undefined)
      await ended
      clearTimeout(timer)
    },
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/**
 * In the child: answers each verb, and ends the process when the parent lets go. After `stop` it ends too, unless `staying`:
 * then what `stop` has set going ends it.
 */
export function answer(verbs: Readonly<Record<string, (input: never) => unknown>>, staying = false): void {
  process.on('message', (message) => {
    const { id, verb, input } = message as Question
    void Promise.resolve()
      .then(() => {
        const work = verbs[verb]
        if (!work) {
          if (verb === 'stop') return undefined
          throw new Error(`no verb "${verb}"`)
        }
        return work(input as never)
      })
      .then(
        (value) => send({ id, value }, verb === 'stop' && !staying ? () => process.exit(0) : undefined),
        (error: unknown) => send({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
      )
  })
  process.on('disconnect', () => process.exit(0))
}

function send(reply: Answer, then: () => void = () => undefined): void {
  if (process.connected) process.send!(reply, undefined, undefined, then)
}

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Fault } from '@throughline/sdk/sandbox'

/** A vendor's sandbox in a process of its own, and its admin surface. */
export interface SandboxProcess {
  readonly url: string
  readonly port: number
  /** What it printed when it listened. */
  readonly line: Readonly<Record<string, string>>
  /** An admin verb. */
  admin<T = unknown>(verb: string, input?: unknown): Promise<T>
  calls(): Promise<{ readonly writes: number; readonly reads: number; readonly byCall: Readonly<Record<string, number>> }>
  forgetCalls(): Promise<void>
  setFaults(faults: readonly Fault[]): Promise<void>
  /** Resolves when a stalled call has taken effect; `null` when `ms` pass before. */
  stalled(ms: number): Promise<string | null>
  stop(): Promise<void>
  /** `kill -9`. */
  kill(): Promise<void>
}

/** `main`: another script that starts the same sandbox and prints the same line. */
export async function startSandbox(name: 'hubspot' | 'salesforce', port = 0, main?: URL): Promise<SandboxProcess> {
  main ??= new URL('./main.ts', import.meta.resolve(`@throughline/${name}/sandbox`))
  const child = spawn(process.execPath, [main.pathname, '--port', String(port)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const orphaned = (): void => void child.kill('SIGKILL')
  process.once('exit', orphaned)
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const line = await new Promise<Readonly<Record<string, string>>>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', (line) => resolve(JSON.parse(line) as Record<string, string>))
    void gone.then(() => reject(new Error(`the ${name} sandbox ended before it listened`)))
  })
  const url = line['url']!
  const call = async <T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> => {
    const answer = await fetch(`${url}/_sandbox/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    })
    if (!answer.ok) throw new Error(`${method} /_sandbox/${path} of ${name}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as T
  }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    process.removeListener('exit', orphaned)
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    await gone
  }
  return {
    url,
    line,
    port: Number(new URL(url).port),
    admin: (verb, input) => call('POST', verb, input ?? {}),
    calls: () => call('GET', 'calls'),
    forgetCalls: async () => void (await call('DELETE', 'calls')),
    setFaults: async (faults) => void (await call('PUT', 'faults', faults)),
    async stalled(ms) {
      try {
        return (await call<{ call: string }>('GET', 'stalled', undefined, AbortSignal.timeout(ms))).call
      } catch (error) {
        if (error instanceof DOMException && error.name === 'TimeoutError') return null
        throw error
      }
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  }
}

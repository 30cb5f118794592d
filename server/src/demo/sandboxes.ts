import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { OperatorError } from '../fault.ts'

export interface SandboxProcess {
  readonly name: string
  readonly url: string
  admin<T>(verb: string, input?: unknown): Promise<T>
  stop(): Promise<void>
}

const START_MS = 20_000
const LEASH = new URL('./leash.ts', import.meta.url).href

/** Starts a connector's sandbox as a process of its own, which ends with this one. Resolves once it listens. */
export async function startSandbox(name: string, port: number, args: readonly string[] = []): Promise<SandboxProcess> {
  const main = fileURLToPath(new URL('./main.ts', import.meta.resolve(`@throughline/${name}/sandbox`)))
  const child = spawn(process.execPath, ['--import', LEASH, main, '--port', String(port), ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const url = await address(child, name, port)
  return {
    name,
    url,
    admin: (verb, input) => admin(url, verb, input),
    stop: () => stop(child),
  }
}

function address(child: ChildProcess, name: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let out = ''
    let complaints = ''
    const late = setTimeout(() => {
      child.kill('SIGKILL')
      reject(failed('it did not start in time'))
    }, START_MS)
    const failed = (why: string): OperatorError =>
      new OperatorError(`The ${name} sandbox cannot start`, {
        where: port === 0 ? 'a free port' : `127.0.0.1:${port}`,
        why,
        next:
          port === 0
            ? 'Run "npm run tl -- doctor".'
            : `Free port ${port}, or move the sandboxes: THROUGHLINE_DEMO_PORTS=4821,4822,4823,4824 before the command.`,
      })
    child.stderr!.on('data', (part: Buffer) => {
      complaints = (complaints + part.toString()).slice(-4_000)
    })
    child.stdout!.on('data', (part: Buffer) => {
      out += part.toString()
      const line = out.split('\n')[0]!
      if (!out.includes('\n')) return
      clearTimeout(late)
      resolve((JSON.parse(line) as { url: string }).url)
    })
    child.once('exit', () => {
      clearTimeout(late)
      reject(
        failed(
          complaints.includes('EADDRINUSE') ? 'another program listens there' : complaints.trim().split('\n').at(-1) || 'it ended at once',
        ),
      )
    })
  })
}

async function admin<T>(url: string, verb: string, input: unknown): Promise<T> {
  const response = await fetch(`${url}/_sandbox/${verb}`, { method: 'POST', body: input === undefined ? '' : JSON.stringify(input) })
  if (!response.ok) throw new Error(`the sandbox at ${url} answered ${response.status} to ${verb}: ${await response.text()}`)
  return (await response.json()) as T
}

function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    const late = setTimeout(() => child.kill('SIGKILL'), 3_000)
    child.once('exit', () => {
      clearTimeout(late)
      resolve()
    })
    child.kill('SIGTERM')
  })
}

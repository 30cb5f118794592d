import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** How the command line reaches a running hub. Holds its token, so only its user may read the file. */
export interface Endpoint {
  readonly url: string
  readonly token: string
  readonly pid: number
  readonly environment: 'DEMO' | 'PROD'
  /** The demo's stand-ins: vendor → address. */
  readonly sandboxes?: Readonly<Record<string, string>>
}

/** Beside the database; for a database on a server, in the configuration's folder. */
export function endpointFile(database: string, folder: string): string {
  if (database.startsWith('file://')) return `${fileURLToPath(database)}.endpoint.json`
  if (database.startsWith('file:')) return `${database.slice('file:'.length)}.endpoint.json`
  return resolve(folder, '.throughline', 'endpoint.json')
}

/** Written when the hub listens, removed when it ends. */
export function writeEndpoint(file: string, endpoint: Endpoint): { remove(): void } {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(endpoint, null, 2)}\n`, { mode: 0o600 })
  chmodSync(file, 0o600)
  return {
    remove() {
      if (readEndpoint(file)?.pid === endpoint.pid) rmSync(file, { force: true })
    },
  }
}

/** `null` where there is no such file, or one that is none of ours. */
export function readEndpoint(file: string): Endpoint | null {
  try {
    const value = JSON.parse(readFileSync(file, 'utf8')) as Partial<Endpoint>
    return typeof value.url === 'string' && typeof value.token === 'string' ? (value as Endpoint) : null
  } catch {
    return null
  }
}

import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { createAjv, didYouMean, DocumentError, readDocument, type Document, type Fault } from '@throughline/contracts'
import type { Library } from './registry.ts'
import type { Connector, Limits } from '@throughline/sdk'
import type { AllowPrivate } from './egress/index.ts'
import { configCheck, type Given } from './config-schema.ts'
import { OperatorError } from './fault.ts'
import { readSecret, SecretMissing } from './secret.ts'

type Env = Readonly<Record<string, string | undefined>>

/** One hub, as its operator wants it. Holds references to secrets, not secrets. */
export interface Config {
  readonly file: string
  readonly workspace: string
  /** What `openDb` takes; a file's path is absolute. */
  readonly database: string
  readonly listen: { readonly host: string; readonly port: number; readonly publicUrl: string | null }
  readonly connections: readonly ConfiguredConnection[]
  readonly egress: { readonly allowPrivate: AllowPrivate }
  /** Connection names; ties of `latest` go to the earlier. */
  readonly systems: readonly string[]
  /** Reads every secret, now. Throws `DocumentError` naming each that is missing. */
  secrets(): Secrets
}

export interface Secrets {
  readonly token: string
  /** Connection name → its connector's settings with the secrets in them. */
  readonly configs: ReadonlyMap<string, unknown>
}

export interface ConfiguredConnection {
  readonly name: string
  readonly connector: Connector
  /** Milliseconds; `null` where the file does not say. */
  readonly pollMs: number | null
  /** Stream → absolute path. */
  readonly mappings: Readonly<Record<string, string>>
  readonly limits: Limits | null
  /** The streams that are synced; `null`: all that have a mapping. */
  readonly streams: readonly string[] | null
}

interface Written {
  readonly workspace: string
  readonly database?: string
  readonly listen?: { readonly host?: string; readonly port?: number; readonly publicUrl?: string }
  readonly token?: string
  readonly connections: Readonly<Record<string, WrittenConnection>>
  readonly systems?: readonly string[]
  readonly egress?: { readonly allowPrivate?: AllowPrivate }
}

interface WrittenConnection {
  readonly connector: string
  readonly config: Readonly<Record<string, unknown>>
  readonly poll?: number
  readonly mappings?: Readonly<Record<string, string>>
  readonly limits?: Limits
  readonly streams?: readonly string[]
}

/** Accepts whatever is YAML: the first look only finds which connectors are meant. */
const ANYTHING = createAjv().compile({})

/**
 * Reads `throughline.yaml`; `THROUGHLINE_HOST`, `_PORT`, `_DATABASE` and `_TOKEN` win over it.
 * @throws OperatorError when there is no such file or a variable is wrong, DocumentError with every fault of the file.
 */
export async function loadConfig(path: string, library: Library, env: Env): Promise<Config> {
  const file = resolve(path)
  return parseConfig(readConfigFile(file), file, library, env)
}

/** As `loadConfig`, for a text at hand. Loads the connectors that it names, and no others. */
export async function parseConfig(text: string, file: string, library: Library, env: Env): Promise<Config> {
  const given: Given = {
    database: isSet(env, 'THROUGHLINE_DATABASE'),
    token: isSet(env, 'THROUGHLINE_TOKEN'),
    host: isSet(env, 'THROUGHLINE_HOST'),
    port: isSet(env, 'THROUGHLINE_PORT'),
  }
  const port = portOf(env)
  const first = readDocument(text, ANYTHING)
  const connectors = await library.load(wantedBy(first.value).map(([, wanted]) => wanted))
  const document = readDocument(text, configCheck(connectorsOf(first.value, connectors), given))
  const faults = [...document.faults, ...unknownConnectors(document, library.names)]
  if (faults.length > 0) throw new DocumentError(file, faults)
  const written = document.value as Written
  const wrong = misplaced(written, document, connectors)
  if (wrong.length > 0) throw new DocumentError(file, wrong)
  const base = dirname(file)
  const names = Object.keys(written.connections)
  return {
    file,
    workspace: written.workspace,
    database: absolute(env['THROUGHLINE_DATABASE'] || written.database!, base),
    listen: {
      host: env['THROUGHLINE_HOST'] || written.listen!.host!,
      port: port ?? written.listen!.port!,
      publicUrl: written.listen?.publicUrl?.replace(/\/+$/, '') ?? null,
    },
    connections: names.map((name) => {
      const { connector, poll, mappings, limits, streams } = written.connections[name]!
      return {
        name,
        connector: connectors.get(connector)!,
        pollMs: poll === undefined ? null : Math.round(poll * 1_000),
        mappings: Object.fromEntries(Object.entries(mappings ?? {}).map(([stream, at]) => [stream, resolve(base, at)])),
        limits: limits ?? null,
        streams: streams ?? null,
      }
    }),
    egress: { allowPrivate: hostsOf(written.egress?.allowPrivate ?? false) },
    systems: [...(written.systems ?? []), ...names.filter((name) => !written.systems?.includes(name))],
    secrets: () => resolveSecrets(written, document, file, connectors, env),
  }
}

function readConfigFile(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new OperatorError('There is no configuration to start from', {
      where: file,
      why: 'the file cannot be read',
      next: 'Write one with "npm run tl -- init", name another with --config, or try the demo with "npm start".',
      cause,
    })
  }
}

function isSet(env: Env, name: string): boolean {
  return env[name] !== undefined && env[name] !== ''
}

/** `THROUGHLINE_PORT`, if it is set. */
export function portOf(env: Env): number | null {
  const text = env['THROUGHLINE_PORT']
  if (text === undefined || text === '') return null
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new OperatorError('THROUGHLINE_PORT is no port', {
    where: 'the environment',
    why: `it holds ${JSON.stringify(text.slice(0, 20))}`,
    next: 'Set it to a number from 0 to 65535, for instance export THROUGHLINE_PORT=4810.',
  })
}

/** A relative `file:` means beside the configuration, wherever the hub is started from. */
function absolute(url: string, base: string): string {
  return url.startsWith('file:') && !url.startsWith('file://') ? `file:${resolve(base, url.slice('file:'.length))}` : url
}

function hostsOf(allowed: AllowPrivate): AllowPrivate {
  return typeof allowed === 'boolean' ? allowed : allowed.map((host) => host.toLowerCase())
}

/** Connection names with the connector that each names, whatever stands there. */
function wantedBy(value: unknown): [connection: string, connector: string][] {
  return entries((value as Partial<Written> | null)?.connections).map(([name, connection]) => [
    name,
    String((connection as Partial<WrittenConnection> | null)?.connector),
  ])
}

function connectorsOf(value: unknown, connectors: ReadonlyMap<string, Connector>): Map<string, Connector> {
  const found = new Map<string, Connector>()
  for (const [name, wanted] of wantedBy(value)) {
    const connector = connectors.get(wanted)
    if (connector) found.set(name, connector)
  }
  return found
}

function unknownConnectors(document: Document, known: readonly string[]): Fault[] {
  return entries((document.value as Partial<Written> | null)?.connections).flatMap(([name, connection]) => {
    const wanted = (connection as Partial<WrittenConnection> | null)?.connector
    if (typeof wanted !== 'string' || known.includes(wanted)) return []
    return [
      {
        ...document.at(['connections', name, 'connector']),
        what: `there is no connector "${wanted}"`,
        why: `the connectors are ${known.join(', ')}`,
        next: didYouMean(wanted, known).trim() || 'Write one of them.',
      },
    ]
  })
}

function entries(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : []
}

/** Names that must exist elsewhere in the file or in a connector. */
function misplaced(written: Written, document: Document, connectors: ReadonlyMap<string, Connector>): Fault[] {
  const names = Object.keys(written.connections)
  const faults: Fault[] = (written.systems ?? []).flatMap((system, i) =>
    names.includes(system)
      ? []
      : [
          {
            ...document.at(['systems', i]),
            what: `there is no connection "${system}"`,
            why: `the connections are ${names.join(', ')}`,
            next: didYouMean(system, names).trim() || 'Write one of them.',
          },
        ],
  )
  for (const [name, { connector, mappings = {}, streams: wanted = [] }] of Object.entries(written.connections)) {
    const streams = Object.keys(connectors.get(connector)!.streams)
    const named = [
      ...Object.keys(mappings).map((stream) => ({ stream, at: document.at(['connections', name, 'mappings'], stream) })),
      ...wanted.map((stream, i) => ({ stream, at: document.at(['connections', name, 'streams', i]) })),
    ]
    for (const { stream, at } of named) {
      if (streams.includes(stream)) continue
      faults.push({
        ...at,
        what: `there is no stream "${stream}"`,
        why: `${connector} has ${streams.join(', ')}`,
        next: didYouMean(stream, streams).trim() || 'Write one of them.',
      })
    }
    for (const [i, stream] of wanted.entries()) {
      if (!streams.includes(stream) || stream in mappings || connectors.get(connector)!.mappings[stream]) continue
      faults.push({
        ...document.at(['connections', name, 'streams', i]),
        what: `the stream "${stream}" has no mapping`,
        why: `${connector} brings none for it`,
        next: `Write one and name it under mappings, or leave the stream out.`,
      })
    }
  }
  return faults
}

/** Settings that are no secret may come from the environment too. */
function isVariable(value: unknown): boolean {
  return typeof value === 'string' && value.startsWith('env:')
}

function resolveSecrets(written: Written, document: Document, file: string, connectors: ReadonlyMap<string, Connector>, env: Env): Secrets {
  const faults: Fault[] = []
  const read = (ref: string, path: readonly string[]): string => {
    try {
      return readSecret(ref, dirname(file), env)
    } catch (error) {
      if (!(error instanceof SecretMissing)) throw error
      faults.push({ ...document.at(path), what: error.message, why: `${path.join('.')} refers to it`, next: error.next })
      return ''
    }
  }
  const token = env['THROUGHLINE_TOKEN'] || read(written.token!, ['token'])
  const configs = new Map<string, unknown>()
  for (const [name, connection] of Object.entries(written.connections)) {
    const members = (connectors.get(connection.connector)!.configSchema as { properties?: Record<string, { writeOnly?: boolean }> })
      .properties
    const resolved = Object.entries(connection.config).map(([member, value]) => [
      member,
      members?.[member]?.writeOnly === true || isVariable(value) ? read(String(value), ['connections', name, 'config', member]) : value,
    ])
    configs.set(name, Object.fromEntries(resolved))
  }
  if (faults.length === 0 && token.length < 16)
    faults.push({
      ...document.at(['token']),
      what: 'the token is too short',
      why: 'whoever guesses it controls the hub; at least 16 characters are asked for',
      next: 'Make one with: openssl rand -hex 32',
    })
  if (faults.length > 0) throw new DocumentError(file, faults)
  return { token, configs }
}

import { readFileSync } from 'node:fs'
import { createAjv } from '@throughline/contracts'
import type { Connector } from '@throughline/sdk'
import type { ErrorObject, ValidateFunction } from 'ajv'

const FORMAT = import.meta.resolve('@throughline/contracts').replace(/src\/[^/]+$/, 'formats/config.schema.json')

interface Schema {
  readonly [keyword: string]: unknown
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
}

/** Settings that an environment variable has already given, so that the file may leave them out. */
export interface Given {
  readonly database: boolean
  readonly token: boolean
  readonly host: boolean
  readonly port: boolean
}

/**
 * The check of one `throughline.yaml`: the published format, and for each named connection its connector's own settings, in
 * which every secret must be a reference.
 */
export function configCheck(connections: ReadonlyMap<string, Connector>, given: Given): ValidateFunction {
  const format = JSON.parse(readFileSync(new URL(FORMAT), 'utf8')) as Schema
  const { listen, connections: many } = format.properties!
  const defs = format['$defs'] as Record<string, Schema>
  const { $id: _id, ...rest } = format
  const own = Object.fromEntries(
    [...connections].map(([name, connector]) => [
      name,
      {
        ...defs['connection'],
        properties: { ...defs['connection']!.properties, config: withReferences(connector.configSchema as Schema) },
      },
    ]),
  )
  const isListenGiven = given.host && given.port
  const schema = {
    ...rest,
    required: format.required!.filter(
      (name) => !(name === 'database' && given.database) && !(name === 'token' && given.token) && !(name === 'listen' && isListenGiven),
    ),
    properties: {
      ...format.properties,
      listen: {
        ...listen,
        required: listen!.required!.filter((name) => !(name === 'host' && given.host) && !(name === 'port' && given.port)),
      },
      connections: { ...many, properties: own },
    },
  }
  return alternativesFirst(createAjv().compile(schema))
}

/** A connector's schema as it holds in the file: what is a secret there is a reference here. */
function withReferences(schema: Schema): Schema {
  const { $schema: _schema, ...rest } = schema
  const reference = {
    description: 'Write env:NAME or file:path, never the secret itself.',
    writeOnly: true,
    type: 'string',
    pattern: '^(env|file):.+',
  }
  return {
    ...rest,
    properties: Object.fromEntries(
      Object.entries(schema.properties ?? {}).map(([name, member]) => [name, member['writeOnly'] === true ? reference : member]),
    ),
  }
}

/** Of a choice that was not met, one finding that names the alternatives, instead of one for each. */
function alternativesFirst(keeps: ValidateFunction): ValidateFunction {
  const check = (value: unknown): boolean => {
    if (keeps(value)) return true
    check.errors = (keeps.errors ?? []).filter((error) => !/\/oneOf\/\d+\//.test(error.schemaPath)).map(named)
    return false
  }
  check.errors = null as ErrorObject[] | null
  return check as unknown as ValidateFunction
}

function named(error: ErrorObject): ErrorObject {
  if (error.keyword !== 'oneOf') return error
  const branches = (error.schema as readonly Schema[]).map((branch) => (branch.required ?? []).join(' and '))
  return { ...error, message: `either ${branches.join(', or ')}` }
}

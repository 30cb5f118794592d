import { Document, parseDocument, stringify } from 'yaml'
import type { Connector } from '@throughline/sdk'

/** One setting that a connector asks for. */
export interface Setting {
  readonly name: string
  readonly description: string
  readonly isRequired: boolean
  readonly isSecret: boolean
  /** Of a secret: the reference that is proposed, `env:HUBSPOT_EU_TOKEN`. */
  readonly proposed: string | null
}

interface Member {
  readonly description?: string
  readonly writeOnly?: boolean
}

/** What the connector's schema asks for, the required first. */
export function settingsOf(connector: Connector, connection: string): readonly Setting[] {
  const schema = connector.configSchema as { readonly required?: readonly string[]; readonly properties?: Readonly<Record<string, Member>> }
  return Object.entries(schema.properties ?? {})
    .map(([name, { description = '', writeOnly = false }]) => ({
      name,
      description,
      isRequired: schema.required?.includes(name) ?? false,
      isSecret: writeOnly,
      proposed: writeOnly ? `env:${constant(connection)}_${constant(name)}` : null,
    }))
    .toSorted((a, b) => Number(b.isRequired) - Number(a.isRequired))
}

function constant(name: string): string {
  return name
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .toUpperCase()
}

/** The part of `throughline.yaml` for a new connection; what is not known yet says so. */
export function snippet(connection: string, connector: Connector, given: Readonly<Record<string, string>>): string {
  const lines = settingsOf(connector, connection).flatMap(({ name, description, isRequired, proposed }) => {
    const value = given[name] ?? (isRequired || proposed !== null ? (proposed ?? 'replace-me') : null)
    const comment = `      # ${isRequired ? '' : 'Optional. '}${description}`
    const isLeftOut = value === null || (!isRequired && given[name] === undefined)
    return [comment, `      ${isLeftOut ? '# ' : ''}${stringify({ [name]: value ?? '' }).trim()}`]
  })
  return [`connections:`, `  ${connection}:`, `    connector: ${connector.name}`, '    config:', ...lines, ''].join('\n')
}

/** The file with the connection in it, its comments kept. Throws `RangeError` if the name is taken. */
export function withConnection(text: string, connection: string, connector: Connector, given: Readonly<Record<string, string>>): string {
  const document = parseDocument(text)
  if (document.hasIn(['connections', connection])) throw new RangeError(`there is a connection "${connection}" already`)
  const config = Object.fromEntries(
    settingsOf(connector, connection).flatMap(({ name, isRequired, proposed }) => {
      const value = given[name] ?? (isRequired ? proposed : null)
      return value === null ? [] : [[name, value]]
    }),
  )
  document.setIn(['connections', connection], new Document({ connector: connector.name, config }).contents)
  return document.toString({ lineWidth: 0 })
}

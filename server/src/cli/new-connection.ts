import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { didYouMean } from '@throughline/contracts'
import type { Connector } from '@throughline/sdk'
import { parseConfig } from '../config.ts'
import { OperatorError } from '../fault.ts'
import { settingsOf, snippet, withConnection } from '../provision/compose-config.ts'
import { library } from '../registry.ts'
import { ask, isInteractive, isYes } from './ask.ts'
import { dim, print, say, type Format } from './output.ts'

interface Asked {
  readonly config: string
  readonly format: Format
  readonly apply?: true
  readonly set: readonly string[]
}

/** Prints what `throughline.yaml` needs for one more connection; writes it after a yes. Secrets are asked for by reference only. */
export async function newConnection(kind: string, name: string | undefined, asked: Asked): Promise<void> {
  const connector = (await library.load([kind])).get(kind)
  if (!connector) throw unknown(`There is no connector "${kind}"`, '--new', kind, library.names)
  const connection = name ?? kind
  const given = { ...settings(asked.set, connector, connection) }
  if (isInteractive()) Object.assign(given, await askFor(connector, connection, given))
  const part = snippet(connection, connector, given)
  const file = resolve(asked.config)
  if (asked.format === 'json') print(JSON.stringify({ connection, connector: kind, file, yaml: part }, null, 2))
  else print(part)
  if (!existsSync(file)) return say(`There is no ${file} to write it into; "npm run tl -- init" makes one.`)
  const wants = asked.apply || (isInteractive() && (await isYes(`Write it into ${file}?`)))
  if (!wants)
    return say(`Write this into ${file}, or let it be written: add --apply, and --set name=value for what is still to be replaced.`)
  const text = readFileSync(file, 'utf8')
  let after: string
  try {
    after = withConnection(text, connection, connector, given)
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw new OperatorError('The connection cannot be written', { where: file, why: cause.message, next: 'Give it another name.', cause })
  }
  // A file that the hub would refuse is not written.
  await parseConfig(after, file, library, process.env)
  writeFileSync(file, after)
  say(`Written into ${file}. Next: set the variables it names, then npm run tl -- connect ${connection}`)
}

function settings(pairs: readonly string[], connector: Connector, connection: string): Record<string, string> {
  const known = settingsOf(connector, connection)
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      const name = at < 0 ? pair : pair.slice(0, at)
      const setting = known.find((one) => one.name === name)
      if (!setting)
        throw unknown(
          `${connector.name} has no setting "${name}"`,
          '--set',
          name,
          known.map((one) => one.name),
        )
      const value = pair.slice(at + 1)
      if (at < 0 || value === '') throw unknown(`--set ${name} has no value`, '--set', name, [`${name}=value`])
      if (setting.isSecret && !/^(env|file):./.test(value))
        throw new OperatorError(`"${name}" is a secret`, {
          where: '--set',
          why: 'what stands on a command line is read by others and remembered by the shell',
          next: `Refer to it: --set ${name}=${setting.proposed}`,
        })
      return [name, value]
    }),
  )
}

async function askFor(connector: Connector, connection: string, given: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const answers: Record<string, string> = {}
  for (const { name, description, isRequired, isSecret, proposed } of settingsOf(connector, connection)) {
    if (given[name] !== undefined) continue
    say(dim(description))
    const hint = isSecret ? `reference, Enter for ${proposed}` : isRequired ? 'needed' : 'optional, Enter to leave out'
    let answer = await ask(`  ${name} (${hint}): `)
    if (isSecret && answer !== '' && !/^(env|file):./.test(answer)) {
      say('  Not the secret itself, please: env:NAME or file:path.')
      answer = ''
    }
    if (answer !== '') answers[name] = answer
    else if (isRequired && proposed !== null) answers[name] = proposed
  }
  return answers
}

/** No such connection. */
export function didNotKnow(name: string | undefined, names: readonly string[], file: string): OperatorError {
  if (name === undefined)
    return new OperatorError('Which connection?', {
      where: file,
      why: `it has ${names.join(', ')}`,
      next: `Name one: npm run tl -- connect ${names[0]}; or add one: npm run tl -- connect --new ${library.names[0]}`,
    })
  return unknown(`There is no connection "${name}"`, file, name, names)
}

function unknown(what: string, where: string, wanted: string, known: readonly string[]): OperatorError {
  return new OperatorError(what, {
    where,
    why: `there is ${known.join(', ')}`,
    next: didYouMean(wanted, known).trim() || 'Write one of them.',
  })
}

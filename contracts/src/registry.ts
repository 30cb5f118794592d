import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { ValidateFunction } from 'ajv'
import { didYouMean } from './nearest.ts'
import { explain, type Problem } from './problem.ts'
import { checkProfile } from './profile.ts'
import { createAjv } from './validator.ts'

/** One way to recognise an entity: records with the same value in `field` are the same thing. */
export interface Identity {
  readonly kind: string
  readonly field: string
}

/** What one kind of record means: one version of its schema. */
export interface EntityContract {
  readonly name: string
  readonly version: string
  readonly schema: EntitySchema
  readonly fields: readonly string[]
  readonly identities: readonly Identity[]
  /** Fields that hold personal data. */
  readonly personal: ReadonlySet<string>
  /** At most 50 problems; none when the value keeps the contract. Never throws, never keeps the value. */
  validate(value: unknown): Problem[]
}

export interface EntitySchema {
  readonly $id: string
  readonly title: string
  readonly properties: Readonly<Record<string, FieldSchema>>
  readonly 'x-identity': readonly Identity[]
  readonly [keyword: string]: unknown
}

export interface FieldSchema {
  readonly type: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly 'x-personal'?: boolean
  readonly [keyword: string]: unknown
}

export interface Registry {
  /** The newest version, or the one asked for. Throws `ContractError` if there is none. */
  entity(name: string, version?: string): EntityContract
  /** The newest version of each, by name. */
  entities(): readonly EntityContract[]
}

/** Contracts on disk that cannot be used: the program must not start. */
export class ContractError extends Error {
  override readonly name = 'ContractError'
}

const mostProblems = 50
const mostMembers = 1000

/** Reads and compiles every entity contract below `dir`, once. Throws `ContractError` naming every violation. */
export function loadRegistry(dir: URL = new URL('../entities/', import.meta.url)): Registry {
  const ajv = createAjv()
  const byName = new Map<string, EntityContract[]>()
  const wrong: string[] = []
  for (const name of readdirSync(dir).sort()) {
    const folder = new URL(`${name}/`, dir)
    const versions = readdirSync(folder)
      .map((file) => /^(\d+\.\d+\.\d+)\.schema\.json$/.exec(file)?.[1])
      .filter((version) => version !== undefined)
      .sort(compareVersions)
    for (const version of versions) {
      const file = new URL(`${version}.schema.json`, folder)
      try {
        const schema = readSchema(file, name, version)
        byName.set(name, [...(byName.get(name) ?? []), createContract(name, version, schema, ajv.compile(schema))])
      } catch (cause) {
        wrong.push(`${fileURLToPath(file)}: ${(cause as Error).message}`)
      }
    }
  }
  if (wrong.length > 0) throw new ContractError(wrong.join('\n'))
  return {
    entity(name, version) {
      const found = byName.get(name)?.findLast((contract) => version === undefined || contract.version === version)
      if (found === undefined) {
        const what = version === undefined ? `"${name}"` : `"${name}" in version ${version}`
        throw new ContractError(`There is no entity contract ${what}.${didYouMean(name, byName.keys())}`)
      }
      return found
    },
    entities: () => [...byName.values()].map((versions) => versions.at(-1)!),
  }
}

function readSchema(file: URL, name: string, version: string): EntitySchema {
  const schema: unknown = JSON.parse(readFileSync(file, 'utf8'))
  const found = checkProfile(schema)
  const id = `urn:throughline:entity:${name}:${version}`
  const read = schema as Partial<EntitySchema>
  if (read.$id !== id) found.push({ pointer: '/$id', why: `must be ${id}, as its place says` })
  if (typeof read.title !== 'string') found.push({ pointer: '/title', why: 'must name the generated type' })
  if (read['x-identity'] === undefined) found.push({ pointer: '/x-identity', why: 'must be stated; an empty list if there is none' })
  if (read.properties === undefined) found.push({ pointer: '/properties', why: 'must list the fields' })
  if (found.length > 0) throw new Error(found.map((violation) => `${violation.pointer} ${violation.why}`).join('; '))
  return schema as EntitySchema
}

function createContract(name: string, version: string, schema: EntitySchema, keeps: ValidateFunction): EntityContract {
  const fields = Object.keys(schema.properties)
  const personal = new Set(fields.filter((field) => schema.properties[field]!['x-personal'] === true))
  const hidden = (field: string) => personal.has(field)
  return {
    name,
    version,
    schema,
    fields,
    identities: schema['x-identity'],
    personal,
    validate(value) {
      const members = value !== null && typeof value === 'object' ? Object.keys(value).length : 0
      // Every unknown member would be a problem of its own.
      if (members > mostMembers) return [tooMany(members)]
      if (keeps(value)) return []
      const errors = keeps.errors ?? []
      // ajv keeps the errors, and with them the value, until the next call.
      keeps.errors = null
      return errors.slice(0, mostProblems).map((error) => explain(error, hidden))
    },
  }
}

function tooMany(members: number): Problem {
  const expected = `at most ${mostMembers} members`
  return {
    pointer: '',
    code: 'maxProperties',
    detail: `the value: expected ${expected}, got ${members}`,
    expected,
    got: `${members} members`,
  }
}

function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number)
  const right = b.split('.').map(Number)
  return left[0]! - right[0]! || left[1]! - right[1]! || left[2]! - right[2]!
}

import { readFileSync } from 'node:fs'
import type { ValidateFunction } from 'ajv'
import { CodecError, codecs, defaulted, enumeration, type Codec, type EnumOptions } from './codecs.ts'
import { DocumentError, readDocument, type Document, type Fault, type Position } from './document.ts'
import { remoteSpellings } from './codecs/enum.ts'
import type { Json } from './json.ts'
import { didYouMean } from './nearest.ts'
import { createTranslation, type FieldMapping, type RemoteFields, type Translation } from './translate.ts'
import { createAjv } from './validator.ts'

/** How one stream of a connector and one entity translate into each other. */
export interface Mapping {
  readonly name: string
  readonly version: string
  readonly connector: string
  readonly stream: string
  readonly entity: string
  /** Whether a record that came from elsewhere is created over there. */
  readonly create: boolean
  readonly deletes: 'unlink' | 'ignore'
  /** Kinds of identity by which an existing object is looked for before one is created. */
  readonly match: readonly string[]
  readonly fields: readonly FieldMapping[]
  /** Where it was written, for messages. */
  readonly source: MappingSource
  /** Only fields that the object has; never throws. */
  toCanonical(remote: RemoteFields): Translation
  /** Only fields that are given; throws `CodecError` only for values that break the entity contract. */
  toRemote(values: Readonly<Record<string, Json>>): Record<string, unknown>
}

export interface MappingSource {
  readonly file: string
  readonly written: MappingFile
  readonly at: Document['at']
}

/** The file as written, once it keeps `formats/mapping.schema.json`. */
export interface MappingFile {
  readonly mapping: string
  readonly version: string
  readonly connector: string
  readonly stream: string
  readonly entity: string
  readonly create: boolean
  readonly deletes: 'unlink' | 'ignore'
  readonly match: readonly string[]
  readonly fields: readonly FieldEntry[]
}

export interface FieldEntry {
  readonly field: string
  readonly remote: string
  readonly direction: 'in' | 'out' | 'both'
  readonly authority: string
  readonly codec: string | ({ readonly name: 'enum' } & EnumOptions)
  readonly default?: string | number | boolean
}

/** A mapping that cannot be used, with every fault in it. */
export class MappingError extends DocumentError {
  override readonly name = 'MappingError'
}

let compiled: ValidateFunction | undefined

/** Reads one mapping. Throws `MappingError`. Whether it fits its entity and its connector, `checkMapping` says. */
export function parseMapping(text: string, file: string): Mapping {
  compiled ??= createAjv().compile(JSON.parse(readFileSync(new URL('../formats/mapping.schema.json', import.meta.url), 'utf8')) as object)
  const document = readDocument(text, compiled)
  if (document.faults.length > 0)
    throw new MappingError(
      file,
      document.faults.map((fault) => plainer(fault, document)),
    )
  const written = document.value as MappingFile
  const faults: Fault[] = duplicates(written, document)
  const fields: FieldMapping[] = []
  written.fields.forEach((entry, i) => {
    const codec = buildCodec(entry, (...path) => document.at(['fields', i, ...path]), faults)
    const { field, remote, direction, authority } = entry
    if (codec !== undefined) fields.push({ field, remote, direction, authority, codec })
  })
  if (faults.length > 0) throw new MappingError(file, faults)
  const { mapping: name, version, connector, stream, entity, create, deletes, match } = written
  const source = { file, written, at: document.at }
  return { name, version, connector, stream, entity, create, deletes, match, fields, source, ...createTranslation(fields) }
}

/** Says of the two settings that people are most likely to try what the schema alone cannot. */
function plainer(fault: Fault, document: Document): Fault {
  const value = document.value as Partial<Record<string, unknown>> | undefined
  const here = (path: (string | number)[]) => samePlace(fault, document.at(path))
  if ((value?.deletes === 'propagate' || value?.deletes === 'ask') && here(['deletes'])) {
    return {
      ...fault,
      what: `"deletes: ${value.deletes}" is not available yet`,
      why: 'deletes are never passed on to another system so far',
      next: 'Write "unlink" (keep the record, forget this object) or "ignore".',
    }
  }
  const fields = Array.isArray(value?.fields) ? (value.fields as unknown[]) : []
  for (const [i, entry] of fields.entries()) {
    const codec = (entry as Partial<FieldEntry> | null)?.codec
    if (typeof codec !== 'string' || !here(['fields', i, 'codec'])) continue
    return {
      ...fault,
      what: `there is no codec "${codec}"`,
      why: `the codecs are ${[...codecs.keys()].join(', ')} and enum`,
      next: didYouMean(codec, [...codecs.keys(), 'enum']).trim() || 'Write one of them.',
    }
  }
  return fault
}

function samePlace(a: Position, b: Position): boolean {
  return a.line === b.line && a.col === b.col
}

function duplicates(written: MappingFile, document: Document): Fault[] {
  const faults: Fault[] = []
  const read = new Set<string>()
  const sent = new Set<string>()
  const given = new Set<string>()
  written.fields.forEach((entry, i) => {
    const reads = entry.direction !== 'out'
    const writes = entry.direction !== 'in'
    const next = 'Keep one of the two, or change its direction.'
    const add = (key: 'field' | 'remote', why: string) =>
      faults.push({ ...document.at(['fields', i, key]), what: `"${entry[key]}" is mapped twice`, why, next })
    if (reads && read.has(entry.field)) add('field', 'two remote properties would be read into one field')
    else if (writes && given.has(entry.field)) add('field', 'one field would be written to two remote properties')
    if (writes && sent.has(entry.remote)) add('remote', 'two fields would be written to one remote property')
    if (reads) read.add(entry.field)
    if (writes) {
      sent.add(entry.remote)
      given.add(entry.field)
    }
  })
  return faults
}

function buildCodec(entry: FieldEntry, at: (...path: string[]) => Position, faults: Fault[]): Codec | undefined {
  const codec = typeof entry.codec === 'string' ? codecs.get(entry.codec) : enumCodec(entry.codec, at, faults)
  if (codec === undefined) {
    if (entry.codec === 'enum') {
      faults.push({
        ...at('codec'),
        what: 'the codec enum has no table',
        why: 'it translates by a list of values',
        next: 'Write { name: enum, values: { ours: theirs } }.',
      })
    }
    return undefined
  }
  if (entry.default === undefined) return codec
  if (entry.direction === 'in') {
    faults.push({
      ...at('default'),
      what: 'this default is never sent',
      why: 'the direction is in',
      next: 'Remove the default, or write "direction: both".',
    })
  }
  try {
    return defaulted(codec, entry.default)
  } catch (cause) {
    if (!(cause instanceof CodecError)) throw cause
    faults.push({
      ...at('default'),
      what: `the default does not suit the codec ${codec.name}`,
      why: cause.message,
      next: 'Write a value that the remote system would give.',
    })
    return undefined
  }
}

function enumCodec(options: EnumOptions, at: (...path: string[]) => Position, faults: Fault[]): Codec | undefined {
  const before = faults.length
  const taken = new Map<string, string>()
  for (const [canonical, remote] of Object.entries(options.values)) {
    for (const spelling of remoteSpellings(remote).map(String)) {
      const other = taken.get(spelling)
      taken.set(spelling, canonical)
      if (other === undefined) continue
      faults.push({
        ...at('codec', 'values', canonical),
        what: `the remote value "${spelling}" stands twice in the table`,
        why: `it could be read as "${other}" or as "${canonical}"`,
        next: 'Keep one of the two.',
      })
    }
  }
  return faults.length === before ? enumeration(options) : undefined
}

import { KINDS } from './kinds.ts'
import type { ObjectType, Version } from './types.ts'

/** One object as an answer shows it: what was asked for, and what always comes along. */
export function show(type: ObjectType, version: Version, wanted: readonly string[]): Record<string, unknown> {
  const updatedAt = new Date(version.updatedAt).toISOString()
  const createdAt = new Date(version.createdAt).toISOString()
  const properties: Record<string, string | null> = {}
  for (const name of wanted.length > 0 ? wanted : KINDS[type].defaults) properties[name] = version.properties[name] ?? null
  properties.hs_object_id = version.id
  properties.createdate = createdAt
  properties[KINDS[type].modified] = updatedAt
  return {
    id: version.id,
    properties,
    createdAt,
    updatedAt,
    archived: version.archivedAt !== null,
    ...(version.archivedAt === null ? {} : { archivedAt: new Date(version.archivedAt).toISOString() }),
  }
}

/** A write's answer shows the written properties. */
export function written(type: ObjectType, version: Version, given: unknown): Record<string, unknown> {
  return show(type, version, typeof given === 'object' && given !== null ? Object.keys(given) : [])
}

import type { RawRecord } from '@throughline/sdk'
import type { Json } from '../shared/json.ts'
import { tombstone } from '../shared/results.ts'
import type { ContentfulClient, Options } from './client.ts'
import { read } from './read.ts'
import { versionOf } from './status.ts'

export function based(entry: Json): Pick<Options, 'version'> {
  const version = versionOf(entry)
  return version === null ? {} : { version }
}

export function pathOf(id: string): string {
  return `entries/${encodeURIComponent(id)}`
}

/** What somebody else made of it; unknown where it cannot be read now. */
export async function currentOf(client: ContentfulClient, id: string, signal: AbortSignal): Promise<RawRecord | null> {
  const found = await read(client, [id], signal).catch(() => null)
  return found === null ? null : (found.get(id) ?? tombstone(id))
}

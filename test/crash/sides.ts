import { readFileSync } from 'node:fs'
import { parseMapping, type FieldMapping, type Json, type Mapping } from '@throughline/contracts'
import { hubspot } from '@throughline/hubspot'
import { salesforce } from '@throughline/salesforce'
import type { SandboxProcess } from '../bench/lib/sandbox.ts'

/** One living person as one vendor holds them. */
export interface Held {
  readonly id: string
  readonly email: string
  /** The hub's mark, empty where the vendor made the object. */
  readonly mark: string
  readonly remote: Readonly<Record<string, unknown>>
}

/** What one vendor holds, read from its own memory and never from the hub. */
export interface Side {
  readonly name: 'hubspot' | 'salesforce'
  readonly people: readonly Held[]
}

interface HubspotRow {
  readonly id: string
  readonly archived: boolean
  readonly properties?: Readonly<Record<string, string | null>>
}

export async function hubspotSide(sandbox: SandboxProcess): Promise<Side> {
  const { contacts } = await sandbox.admin<{ contacts: HubspotRow[] }>('state')
  return {
    name: 'hubspot',
    people: contacts
      .filter((row) => !row.archived)
      .map(({ id, properties }) => ({
        id,
        email: String(properties?.['email'] ?? '').toLowerCase(),
        mark: properties?.['throughline_id'] ?? '',
        remote: properties ?? {},
      })),
  }
}

export async function salesforceSide(sandbox: SandboxProcess): Promise<Side> {
  const { records } = await sandbox.admin<{ records: { Contact: Readonly<Record<string, unknown>>[] } }>('state', { objects: ['Contact'] })
  return {
    name: 'salesforce',
    people: records.Contact.filter((row) => row['IsDeleted'] !== true).map((row) => ({
      id: String(row['Id']),
      email: String(row['Email'] ?? '').toLowerCase(),
      mark: String(row['Throughline_Id__c'] ?? ''),
      remote: row,
    })),
  }
}

const mappings = { hubspot: mappingOf(hubspot.mappings['contacts']!), salesforce: mappingOf(salesforce.mappings['contacts']!) }

/** Fields that travel both ways, with what each side calls them. */
export const SHARED: readonly { readonly field: string; readonly hubspot: FieldMapping; readonly salesforce: FieldMapping }[] =
  mappings.hubspot.fields.flatMap((mine) => {
    const theirs = mappings.salesforce.fields.find((candidate) => candidate.field === mine.field)
    return theirs && mine.direction === 'both' && theirs.direction === 'both'
      ? [{ field: mine.field, hubspot: mine, salesforce: theirs }]
      : []
  })

/** A vendor's value as the hub understands it, in normal form. */
export function normal(field: FieldMapping, remote: Readonly<Record<string, unknown>>): Json {
  // Neither vendor stores an empty text: what is empty here is absent there.
  const value = remote[field.remote]
  return field.codec.normal(field.codec.decode(value === undefined || value === '' ? null : value))
}

function mappingOf(url: URL): Mapping {
  return parseMapping(readFileSync(url, 'utf8'), url.pathname)
}

import { vendorError, type Client } from './client.ts'
import { quote } from './soql.ts'
import { RECORD_ID } from './stream.ts'

/** A custom text field that an org does not come with. */
export interface NeededField {
  readonly name: string
  readonly label: string
  readonly length: number
  /** Unique, whatever the case, and an external id. */
  readonly unique: boolean
  readonly why: string
}

export const NEEDED: readonly NeededField[] = [
  {
    name: RECORD_ID,
    label: 'Throughline Id',
    length: 36,
    unique: true,
    why: "It holds the hub's id of each record, so that creating twice makes one object.",
  },
  {
    name: 'Domain__c',
    label: 'Domain',
    length: 255,
    unique: false,
    why: 'A company is known by its domain, and Salesforce has no field for it.',
  },
  {
    name: 'Campaign_Tag__c',
    label: 'Campaign Tag',
    length: 255,
    unique: false,
    why: "It holds the tag under which the content system files an article; a campaign's own type is a list of the org's.",
  },
]

/** The Tooling API's record of a field of an object. */
export function customField(object: string, field: NeededField): object {
  const { name, label, length, unique } = field
  const key = unique ? { unique: true, externalId: true, caseSensitive: false } : {}
  return { FullName: `${object}.${name}`, Metadata: { label, type: 'Text', length, required: false, ...key } }
}

/**
 * Whether a field that the user does not see is there all the same; `unknown` if the user may not look. Throws `VendorError`
 * while Salesforce cannot be asked.
 */
export async function findHidden(
  client: Client,
  object: string,
  field: NeededField,
  signal: AbortSignal,
): Promise<'there' | 'absent' | 'unknown'> {
  const name = field.name.replace(/__c$/, '')
  const soql = `SELECT Id FROM CustomField WHERE TableEnumOrId = ${quote(object)} AND DeveloperName = ${quote(name)}`
  const answer = await client.call({ method: 'GET', path: `/tooling/query?q=${encodeURIComponent(soql)}` }, signal)
  if (!answer.ok) {
    if (answer.fate === 'refused' || answer.exchange.status === 403) return 'unknown'
    throw vendorError(answer)
  }
  const { body } = answer
  const records = typeof body === 'object' && body !== null && 'records' in body ? body.records : null
  return Array.isArray(records) ? (records.length > 0 ? 'there' : 'absent') : 'unknown'
}

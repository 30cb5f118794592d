import { parseMapping, type Mapping } from '@throughline/contracts'
import type { VendorSpec } from './vendor.ts'

const asIs = (_: string, value: string | null): string | null => value

/** Three vendors that differ in what makes sync hard; none of them knows the hub. */
export const SPECS: Readonly<Record<VendorSpec['name'], VendorSpec>> = {
  /** Thin webhooks, fine stamps, upsert by a unique property, no version check, tidies e-mail addresses, addresses unique. */
  alpha: {
    name: 'alpha',
    stream: 'contacts',
    properties: { email: 'email', firstName: 'firstname', lastName: 'lastname', jobTitle: 'jobtitle', company: 'company', city: 'city' },
    markProperty: 'tl_id',
    keepsMarkUnique: true,
    checksVersion: false,
    keepsEmailUnique: true,
    store: (property, value) => (value === null ? null : property === 'email' ? value.trim().toLowerCase() : value.trim()) || null,
    stampMs: 1,
    webhook: 'thin',
    readsBack: 'always',
    batch: { read: 4, write: 4, find: 4, page: 4 },
    visibilityMs: 3_000,
    pollMs: 4_000,
    lagMs: 1_500,
    refuses: () => false,
    refusesWhole: false,
  },
  /** Poll only, stamps of one second, upsert by a unique field, often cannot read back what it stored, refuses some values. */
  beta: {
    name: 'beta',
    stream: 'Contact',
    properties: { email: 'Email', firstName: 'FirstName', lastName: 'LastName', jobTitle: 'Title', company: 'Company', city: 'City' },
    markProperty: 'TL_Id__c',
    keepsMarkUnique: true,
    checksVersion: false,
    keepsEmailUnique: false,
    store: asIs,
    stampMs: 1_000,
    webhook: 'none',
    readsBack: 'sometimes',
    batch: { read: 5, write: 3, find: 5, page: 3 },
    visibilityMs: 4_000,
    pollMs: 3_000,
    lagMs: 0,
    refuses: (property, value) => property === 'LastName' && typeof value === 'string' && value.startsWith('poison'),
    refusesWhole: true,
  },
  /** Whole objects in webhooks, creates that double when repeated, a version check on updates. */
  gamma: {
    name: 'gamma',
    stream: 'people',
    properties: { email: 'mail', firstName: 'given', lastName: 'family', jobTitle: 'role', company: 'org', city: 'town' },
    markProperty: 'marker',
    keepsMarkUnique: false,
    checksVersion: true,
    keepsEmailUnique: false,
    store: asIs,
    stampMs: 1,
    webhook: 'whole',
    readsBack: 'always',
    batch: { read: 3, write: 1, find: 3, page: 5 },
    visibilityMs: 3_000,
    pollMs: 4_000,
    lagMs: 0,
    refuses: () => false,
    refusesWhole: false,
  },
}

/** Who decides when both sides moved: mostly the later one, one field each by system, one field by a person. */
export const AUTHORITY: Readonly<Record<string, string>> = {
  email: 'latest',
  firstName: 'latest',
  lastName: 'latest',
  jobTitle: 'latest',
  company: 'beta',
  city: 'ask',
}

export const FIELDS = Object.keys(AUTHORITY)

export function mappingOf(spec: VendorSpec): Mapping {
  const fields = FIELDS.map(
    (field) =>
      `  - { field: ${field}, remote: ${spec.properties[field]}, direction: both, authority: ${AUTHORITY[field]}, codec: ${field === 'email' ? 'email' : 'text'} }`,
  )
  const text = `mapping: ${spec.name}.${spec.stream}
version: 1.0.0
connector: ${spec.name}
stream: ${spec.stream}
entity: person
create: true
deletes: unlink
match: [email]
fields:
${fields.join('\n')}
`
  return parseMapping(text, `${spec.name}.yaml`)
}

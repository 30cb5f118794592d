/** What the sandbox's org knows of its objects: a slice of the standard fields, and the custom fields the hub asks for. */

export type FieldType =
  | 'id'
  | 'reference'
  | 'string'
  | 'email'
  | 'phone'
  | 'url'
  | 'textarea'
  | 'boolean'
  | 'int'
  | 'currency'
  | 'datetime'
  | 'date'
  | 'picklist'
export type Value = string | number | boolean | null
export type Row = Record<string, Value>

export interface Field {
  readonly name: string
  readonly label: string
  readonly type: FieldType
  readonly length: number
  readonly required: boolean
  /** Set by the vendor; a write that names it is refused. */
  readonly readOnly: boolean
  readonly externalId: boolean
  readonly unique: boolean
  /** Of a picklist: what it comes with. Other values are refused where it is restricted, kept where it is not. */
  readonly values: readonly string[]
  readonly restricted: boolean
  /** What a new row gets that does not mention the field. Such a field may not be emptied. */
  readonly standard: string | null
  /** Kept in an equality index; a matter of speed only. */
  readonly indexed: boolean
}

export interface ObjectType {
  readonly name: string
  readonly prefix: string
  readonly fields: ReadonlyMap<string, Field>
  /** Lower-case field name → its own spelling: names are case-insensitive on the wire. */
  readonly spelling: ReadonlyMap<string, string>
  /** A row with every field empty. Copies of it share one shape, which is what makes 100,000 rows small. */
  readonly blank: Row
}

function field(name: string, type: FieldType, length: number, more: Partial<Field> = {}): Field {
  const label = name
    .replace(/__c$/, '')
    .replaceAll('_', ' ')
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
  const plain = { required: false, readOnly: false, externalId: false, unique: false, indexed: false }
  return { name, label, type, length, ...plain, values: [], restricted: false, standard: null, ...more }
}

const readOnly = { readOnly: true }
const system = [
  field('Id', 'id', 18, { ...readOnly, indexed: true }),
  field('IsDeleted', 'boolean', 0, readOnly),
  field('OwnerId', 'reference', 18),
  field('CreatedDate', 'datetime', 0, readOnly),
  field('CreatedById', 'reference', 18, readOnly),
  field('LastModifiedDate', 'datetime', 0, readOnly),
  field('LastModifiedById', 'reference', 18, readOnly),
  field('SystemModstamp', 'datetime', 0, readOnly),
]
const merged = field('MasterRecordId', 'reference', 18, readOnly)
const picklist = (name: string, values: readonly string[], more: Partial<Field> = {}): Field =>
  field(name, 'picklist', 255, { values, ...more })
const custom = [
  field('Throughline_Id__c', 'string', 36, { externalId: true, unique: true, indexed: true }),
  // An external id that an administrator forgot to make unique: how an upsert comes to answer 300.
  field('Legacy_Id__c', 'string', 40, { externalId: true, indexed: true }),
]
const text = (name: string, length: number, more: Partial<Field> = {}): Field => field(name, 'string', length, more)
const person = [
  text('FirstName', 40),
  text('LastName', 80, { required: true }),
  text('Name', 121, readOnly),
  text('Salutation', 40),
  field('Email', 'email', 80, { indexed: true }),
  field('Phone', 'phone', 40),
  field('MobilePhone', 'phone', 40),
  text('Title', 128),
  text('LeadSource', 255),
  field('Description', 'textarea', 32_000),
]
const address = (prefix: string): Field[] => [
  field(`${prefix}Street`, 'textarea', 255),
  text(`${prefix}City`, 40),
  text(`${prefix}State`, 80),
  text(`${prefix}PostalCode`, 20),
  text(`${prefix}Country`, 80),
]

function object(name: string, prefix: string, own: readonly Field[]): ObjectType {
  const fields = new Map([...system, ...own, ...custom].map((entry) => [entry.name, entry]))
  const blank = JSON.parse(JSON.stringify(Object.fromEntries([...fields.keys()].map((key) => [key, null])))) as Row
  return { name, prefix, fields, spelling: new Map([...fields.keys()].map((key) => [key.toLowerCase(), key])), blank }
}

export const OBJECTS: readonly ObjectType[] = [
  object('Contact', '003', [merged, ...person, ...address('Mailing'), field('AccountId', 'reference', 18), text('Department', 80)]),
  object('Lead', '00Q', [
    merged,
    ...person,
    ...address(''),
    text('Company', 255, { required: true }),
    text('Industry', 40),
    text('Status', 40),
    field('Website', 'url', 255),
    field('IsConverted', 'boolean', 0, readOnly),
    field('ConvertedAccountId', 'reference', 18, readOnly),
    field('ConvertedContactId', 'reference', 18, readOnly),
    field('ConvertedOpportunityId', 'reference', 18, readOnly),
  ]),
  object('Account', '001', [
    merged,
    text('Name', 255, { required: true, indexed: true }),
    field('Phone', 'phone', 40),
    ...address('Billing'),
    field('Website', 'url', 255),
    text('Industry', 40),
    text('Type', 40),
    field('NumberOfEmployees', 'int', 8),
    field('Description', 'textarea', 32_000),
    text('Domain__c', 255, { indexed: true }),
  ]),
  object('Case', '500', [
    merged,
    text('Subject', 255, { indexed: true }),
    field('Description', 'textarea', 32_000),
    picklist('Status', ['New', 'Working', 'Waiting on Customer', 'Escalated', 'Closed'], { restricted: true, standard: 'New' }),
    picklist('Priority', ['High', 'Medium', 'Low'], { standard: 'Medium' }),
    picklist('Origin', ['Phone', 'Email', 'Web']),
    picklist('Type', ['Problem', 'Feature Request', 'Question']),
    text('Reason', 255),
    field('ContactId', 'reference', 18),
    field('AccountId', 'reference', 18),
    field('SuppliedEmail', 'email', 80),
  ]),
  object('Task', '00T', [
    text('Subject', 255, { indexed: true }),
    field('Description', 'textarea', 32_000),
    picklist('Status', ['Not Started', 'In Progress', 'Completed', 'Waiting on someone else', 'Deferred'], {
      restricted: true,
      standard: 'Not Started',
    }),
    picklist('Priority', ['High', 'Normal', 'Low'], { standard: 'Normal' }),
    field('ActivityDate', 'date', 0),
    field('WhoId', 'reference', 18),
    field('WhatId', 'reference', 18),
    field('IsArchived', 'boolean', 0, readOnly),
  ]),
  object('Opportunity', '006', [
    text('Name', 120, { required: true, indexed: true }),
    picklist(
      'StageName',
      [
        ...['Prospecting', 'Qualification', 'Needs Analysis', 'Value Proposition', 'Id. Decision Makers', 'Perception Analysis'],
        ...['Proposal/Price Quote', 'Negotiation/Review', 'Closed Won', 'Closed Lost'],
      ],
      { required: true, restricted: true },
    ),
    field('Amount', 'currency', 0),
    field('CloseDate', 'date', 0, { required: true }),
    field('Description', 'textarea', 32_000),
    text('NextStep', 255),
    picklist('Type', ['Existing Business', 'New Business']),
    field('AccountId', 'reference', 18),
  ]),
  object('Campaign', '701', [
    text('Name', 80, { required: true, indexed: true }),
    field('Description', 'textarea', 32_000),
    picklist('Status', ['Planned', 'In Progress', 'Completed', 'Aborted'], { standard: 'Planned' }),
    picklist('Type', ['Webinar', 'Conference', 'Email', 'Advertisement', 'Other']),
    field('IsActive', 'boolean', 0),
    field('StartDate', 'date', 0),
    field('EndDate', 'date', 0),
    text('Campaign_Tag__c', 255, { indexed: true }),
  ]),
]

const byName = new Map(OBJECTS.map((entry) => [entry.name.toLowerCase(), entry]))

export function findObject(name: string): ObjectType | undefined {
  return byName.get(name.toLowerCase())
}

/** The field of a name in any case. */
export function findField(object: ObjectType, name: string): Field | undefined {
  return object.fields.get(object.spelling.get(name.toLowerCase()) ?? '')
}

/** Milliseconds → the vendor's way of writing a time, cut to whole seconds as `SystemModstamp` is. Such texts sort as times do. */
export function stamp(ms: number): string {
  return new Date(Math.floor(ms / 1000) * 1000).toISOString().replace('Z', '+0000')
}

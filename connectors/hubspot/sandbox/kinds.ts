import type { ObjectType } from './types.ts'

export interface Pipeline {
  readonly id: string
  readonly label: string
  readonly stages: readonly { readonly id: string; readonly label: string; readonly closed: boolean }[]
}

/** What differs between two types of objects. */
export interface Kind {
  /** Prefix of its webhook types. */
  readonly event: string
  readonly objectTypeId: string
  /** The searchable property that mirrors `updatedAt`. */
  readonly modified: string
  /** Properties whose values no two living objects share, as the account of the tests has them. */
  readonly unique: readonly string[]
  readonly writable: ReadonlySet<string>
  /** What the vendor returns when nothing is asked for. */
  readonly defaults: readonly string[]
  /** Without these nothing is created. */
  readonly required: readonly string[]
  /** Properties that take one of a list. */
  readonly options: Readonly<Record<string, readonly string[]>>
  /** Properties that hold a moment, and those that hold a number. */
  readonly times: readonly string[]
  readonly numbers: readonly string[]
  /** The properties for pipeline and stage, and the one pipeline that every account starts with. */
  readonly pipeline: { readonly property: string; readonly stage: string; readonly only: Pipeline } | null
  scope(need: 'read' | 'write', what: 'objects' | 'schemas'): string
}

const words = (text: string): string[] => text.split(' ')
const scoped =
  (type: ObjectType): Kind['scope'] =>
  (need, what) =>
    `crm.${what}.${type}.${need}`
const lifecycle = words('subscriber lead marketingqualifiedlead salesqualifiedlead opportunity customer evangelist other')
const plain = { required: [], times: [], numbers: [], pipeline: null }

export const KINDS: Readonly<Record<ObjectType, Kind>> = {
  contacts: {
    ...plain,
    event: 'contact',
    objectTypeId: '0-1',
    modified: 'lastmodifieddate',
    unique: ['email', 'throughline_id'],
    writable: new Set(
      words(
        'email firstname lastname phone mobilephone jobtitle company city state country zip address website lifecyclestage hs_lead_status salutation throughline_id',
      ),
    ),
    defaults: ['email', 'firstname', 'lastname'],
    options: { lifecyclestage: lifecycle },
    scope: scoped('contacts'),
  },
  companies: {
    ...plain,
    event: 'company',
    objectTypeId: '0-2',
    modified: 'hs_lastmodifieddate',
    unique: ['throughline_id'],
    writable: new Set(
      words(
        'name domain phone city state country zip address industry website description numberofemployees annualrevenue lifecyclestage throughline_id',
      ),
    ),
    defaults: ['domain', 'name'],
    options: { lifecyclestage: lifecycle },
    scope: scoped('companies'),
  },
  deals: {
    event: 'deal',
    objectTypeId: '0-3',
    modified: 'hs_lastmodifieddate',
    unique: ['throughline_id'],
    writable: new Set(
      words(
        'dealname dealstage pipeline amount closedate deal_currency_code dealtype description hs_next_step hubspot_owner_id throughline_id',
      ),
    ),
    defaults: ['amount', 'closedate', 'dealname', 'dealstage', 'pipeline'],
    required: ['dealname', 'dealstage'],
    // The currencies that the account has switched on.
    options: { deal_currency_code: ['EUR', 'USD', 'GBP', 'JPY'], dealtype: ['newbusiness', 'existingbusiness'] },
    times: ['closedate'],
    numbers: ['amount'],
    pipeline: {
      property: 'pipeline',
      stage: 'dealstage',
      only: {
        id: 'default',
        label: 'Sales Pipeline',
        stages: [
          { id: 'appointmentscheduled', label: 'Appointment Scheduled', closed: false },
          { id: 'qualifiedtobuy', label: 'Qualified To Buy', closed: false },
          { id: 'presentationscheduled', label: 'Presentation Scheduled', closed: false },
          { id: 'decisionmakerboughtin', label: 'Decision Maker Bought-In', closed: false },
          { id: 'contractsent', label: 'Contract Sent', closed: false },
          { id: 'closedwon', label: 'Closed Won', closed: true },
          { id: 'closedlost', label: 'Closed Lost', closed: true },
        ],
      },
    },
    scope: scoped('deals'),
  },
  tickets: {
    event: 'ticket',
    objectTypeId: '0-5',
    modified: 'hs_lastmodifieddate',
    unique: ['throughline_id'],
    writable: new Set(
      words(
        'subject content hs_pipeline hs_pipeline_stage hs_ticket_priority hs_ticket_category hs_resolution source_type hubspot_owner_id throughline_id',
      ),
    ),
    defaults: ['content', 'hs_pipeline', 'hs_pipeline_stage', 'hs_ticket_category', 'hs_ticket_priority', 'subject'],
    required: ['subject', 'hs_pipeline_stage'],
    options: {
      hs_ticket_priority: ['LOW', 'MEDIUM', 'HIGH', 'URGENT'],
      hs_ticket_category: ['PRODUCT_ISSUE', 'BILLING_ISSUE', 'FEATURE_REQUEST', 'GENERAL_INQUIRY'],
      source_type: ['CHAT', 'EMAIL', 'FORM', 'PHONE'],
    },
    times: [],
    numbers: [],
    pipeline: {
      property: 'hs_pipeline',
      stage: 'hs_pipeline_stage',
      only: {
        id: '0',
        label: 'Support Pipeline',
        stages: [
          { id: '1', label: 'New', closed: false },
          { id: '2', label: 'Waiting on contact', closed: false },
          { id: '3', label: 'Waiting on us', closed: false },
          { id: '4', label: 'Closed', closed: true },
        ],
      },
    },
    // One scope for everything, unlike the other types.
    scope: () => 'tickets',
  },
}

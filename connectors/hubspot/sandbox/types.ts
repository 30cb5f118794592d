export const TYPES = ['contacts', 'companies', 'deals', 'tickets'] as const
export type ObjectType = (typeof TYPES)[number]

/** One state of one object; never changed, only followed by another. */
export interface Version {
  readonly id: string
  readonly properties: Readonly<Record<string, string | null>>
  readonly createdAt: number
  readonly updatedAt: number
  readonly archivedAt: number | null
}

/** Who changed something, as webhooks tell it. */
export interface Source {
  readonly changeSource: string
  readonly sourceId: string
}

export interface Token extends Source {
  readonly token: string
  /** Granular scopes; every scope if absent. */
  readonly scopes?: readonly string[]
}

/** One thing that happened, the stuff of webhooks. */
export interface Change {
  readonly type: ObjectType
  readonly kind: 'creation' | 'propertyChange' | 'deletion' | 'restore' | 'merge' | 'privacyDeletion' | 'associationChange'
  readonly id: string
  readonly at: number
  readonly source: Source
  readonly property?: string
  readonly value?: string
  /** The losers of a merge, and its winner where that is a new object. */
  readonly merged?: readonly string[]
  readonly made?: string
  readonly association?: Association
}

/** The other end of an association, as one side tells of it. */
export interface Association {
  readonly toType: ObjectType
  readonly toId: string
  readonly primary: boolean
  readonly removed: boolean
}

/** A property that was made through the API. */
export interface CustomProperty {
  readonly label: string
  readonly type: string
  readonly fieldType: string
  readonly groupName: string
  readonly hasUniqueValue: boolean
}

/** Behaviour that tests may change while the sandbox runs. */
export interface Settings {
  /** How long the search index lags behind a write, in milliseconds. */
  indexLagMs: number
  /** Calls per rolling ten seconds and token. */
  tenSecondly: number
  /** Searches per second. */
  searchPerSecond: number
  /** Calls left of the day, or `null` for no end. */
  daily: number | null
  /** Whether a 429 carries `Retry-After`; the vendor does not document that it does. */
  retryAfter: boolean
  /** Whether batches with trace ids succeed in part, as documented for create only. */
  partial: boolean
  /** Scopes that the apps' tokens were not granted, whatever else they may. */
  deniedScopes: readonly string[]
  /** Properties that the account does not have, as `contacts.throughline_id`. */
  missingProperties: readonly string[]
  /** Properties that the account has besides, or instead of those it lacks, by `contacts.throughline_id`. */
  customProperties: Record<string, CustomProperty>
  /** Whether batches answer in another order than they were asked in; the vendor promises none. */
  unordered: boolean
  /** How many rows of each batch are left out of its answer, though they took effect. */
  lostRows: number
  /** Whether a merge makes a third object, which both of the two lead to. */
  mergeMakesNew: boolean
  /** Whether the webhook of a privacy deletion comes before the one of the deletion that it also is. */
  privacyFirst: boolean
}

export const SETTINGS: Settings = {
  indexLagMs: 20,
  tenSecondly: 1_000_000,
  searchPerSecond: 1_000_000,
  daily: null,
  retryAfter: false,
  partial: true,
  deniedScopes: [],
  missingProperties: [],
  customProperties: {},
  unordered: false,
  lostRows: 0,
  mergeMakesNew: false,
  privacyFirst: true,
}

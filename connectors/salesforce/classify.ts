/** One error of the vendor. Items of a collection call the code `statusCode`, whole calls call it `errorCode`. */
export interface VendorFault {
  readonly code: string
  readonly message: string
  readonly fields: readonly string[]
}

/**
 * What became of a call that did not succeed.
 * `unsent`: it never left; `lost`: it may have taken effect; `limited`, `unauthorised`, `busy`: refused before any effect;
 * `refused`: refused for what it says.
 */
export type Fate = 'unsent' | 'lost' | 'limited' | 'unauthorised' | 'busy' | 'refused'

/** What became of one row. `gone`: the object is not there any more. */
export type RowFate = 'limited' | 'busy' | 'raced' | 'gone' | 'refused'

const LIMITS = new Set(['REQUEST_LIMIT_EXCEEDED', 'login_rate_exceeded'])
const BUSY = new Set(['UNABLE_TO_LOCK_ROW', 'SERVER_UNAVAILABLE'])
// What a lead was converted into is written in its stead; the lead itself is closed for ever.
const GONE = new Set(['ENTITY_IS_DELETED', 'NOT_FOUND', 'CANNOT_UPDATE_CONVERTED_LEAD'])
const SESSION = new Set(['INVALID_SESSION_ID', 'INVALID_AUTH_HEADER', 'Bad_OAuth_Token'])

/**
 * The fate of a whole call from its status and the vendor's code; the code wins, because the vendor sends some under
 * several statuses. A 503 counts as refused only in the vendor's own words: an error array comes from its front door,
 * while a proxy says 503 also when the connection behind it broke. Every other 5xx may have come after the effect.
 */
export function fateOf(wire: { readonly status: number | null; readonly sent: boolean }, fault: VendorFault | null): Fate {
  const { status } = wire
  if (!wire.sent) return 'unsent'
  if (status === null) return 'lost'
  if (fault && (LIMITS.has(fault.code) || status === 429)) return 'limited'
  if (fault && BUSY.has(fault.code)) return 'busy'
  if (status === 429) return 'limited'
  if (status === 401 || status === 403 || (fault && SESSION.has(fault.code))) return 'unauthorised'
  // The paths of our calls name objects and fields, never records: what is not found there is the org's set-up, and a person's.
  if (status === 404) return 'unauthorised'
  // A 420 comes from the edge, which did not find the org's server.
  if (status === 420) return 'busy'
  // Anything but the org's own address redirects; a person has to mend the setting.
  if (status >= 301 && status < 400) return 'unauthorised'
  if (status >= 500 || status === 408 || status < 300) return 'lost'
  return 'refused'
}

export function isSessionFault(status: number | null, fault: VendorFault | null): boolean {
  return (status === 401 || status === 403) && fault !== null && SESSION.has(fault.code)
}

/**
 * The fate of one row. `raced`: two writers created the same record id at once; the loser's next upsert finds the winner's
 * row. A reference that is wrong names its field; without a field the row itself is what is missing.
 */
export function rowFateOf(fault: VendorFault, upsertBy: string): RowFate {
  if (LIMITS.has(fault.code)) return 'limited'
  if (BUSY.has(fault.code)) return 'busy'
  if (GONE.has(fault.code)) return 'gone'
  if (fault.code === 'INVALID_CROSS_REFERENCE_KEY' && fault.fields.length === 0) return 'gone'
  if (fault.code === 'DUPLICATE_VALUE' && (fault.fields.includes(upsertBy) || fault.message.includes(upsertBy))) return 'raced'
  return 'refused'
}

/** The first error of an answer's body, in whichever of the vendor's three shapes; `null` if it is none of them. */
export function faultIn(body: unknown): VendorFault | null {
  const first: unknown = Array.isArray(body) ? body[0] : body
  if (typeof first !== 'object' || first === null) return null
  const { statusCode, errorCode, error, message, error_description, fields } = first as Readonly<Record<string, unknown>>
  const code = statusCode ?? errorCode ?? error
  if (typeof code !== 'string') return null
  const text = message ?? error_description
  return {
    code,
    message: typeof text === 'string' ? text : '',
    fields: Array.isArray(fields) ? fields.filter((field) => typeof field === 'string') : [],
  }
}

/** Nothing waits longer for a vendor's word alone (ms): by then it is worth asking again. */
const LONGEST_WAIT = 3_600_000

/**
 * When the vendor wants to be asked again (ms UTC), if it says so. A date is the vendor's clock, so what counts is how far it
 * lies from the answer's own.
 */
export function retryAt(headers: Headers | null, now: number): number | undefined {
  const value = headers?.get('retry-after')?.trim()
  if (!value) return undefined
  const theirs = Date.parse(headers?.get('date') ?? '')
  const wait = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - (Number.isNaN(theirs) ? now : theirs)
  return Number.isNaN(wait) ? undefined : now + Math.min(LONGEST_WAIT, Math.max(0, wait))
}

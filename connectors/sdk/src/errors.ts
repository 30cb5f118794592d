/** Thrown by `Connection` methods other than `write`. The kind says what the caller does next. */
export class VendorError extends Error {
  override readonly name = 'VendorError'
  /** `retry`: the same call later; `limited`: the same, and it was only the rate; `reject`: never; `unauthorised`: a person must mend the credentials. */
  readonly next: 'retry' | 'limited' | 'reject' | 'unauthorised'
  /** Not before this time (ms UTC), if the vendor said so. */
  readonly at: number | undefined

  constructor(next: VendorError['next'], message: string, options: { at?: number | undefined; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.next = next
    this.at = options.at
  }
}

/** Thrown by `Connection.accept`: the webhook is not stored. */
export class Refused extends Error {
  override readonly name = 'Refused'
  /** `unsigned`: no, wrong or truncated signature; `stale`: outside the replay window; `malformed`: not what the vendor sends. */
  readonly reason: 'unsigned' | 'stale' | 'malformed'

  constructor(reason: Refused['reason'], message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.reason = reason
  }
}

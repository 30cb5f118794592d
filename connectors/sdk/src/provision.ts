/** Where this connection's hub is, as far as the vendor must know it. */
export interface ProvisionTarget {
  /** Public URL that webhooks of this connection are sent to: `https://hub.example/hooks/<connection>`; `null` while the hub has none. */
  readonly hookUrl: string | null
}

/**
 * One thing that must be so at the vendor before the connection can work in full.
 * `present`: it is so. `missing`: it is not; `apply` mends it, or, where there is none, an earlier step must be mended
 * first. `manual`: the vendor offers no API for it (or will not say whether it is so); `detail` is then an instruction
 * that a person can follow without further reading.
 */
export interface ProvisionStep {
  /** Stable within the connector, lower-case with dots: `property.contacts.throughline_id`. */
  readonly id: string
  /** A few words for a list: `Unique property throughline_id on contacts`. */
  readonly title: string
  readonly state: 'present' | 'missing' | 'manual'
  /** What was found, or exactly what is missing (names of scopes, properties, subscriptions, URLs). Never a secret. */
  readonly detail: string
  /**
   * Makes it so. Called only after a person said yes, at most once per plan. Safe to repeat: what is there already is left alone.
   * Throws `VendorError` with a message for that person. Success is seen by planning anew, never assumed.
   */
  apply?(signal: AbortSignal): Promise<void>
}

/** What is there and what is missing at one vendor account. */
export interface Provisioner {
  /**
   * Reads only. In the order in which steps are to be applied; a step that cannot be looked at because an earlier one is
   * missing is `missing` and says so. Throws `VendorError` only where nothing at all could be found out (the vendor is away).
   */
  plan(signal: AbortSignal): Promise<readonly ProvisionStep[]>
}

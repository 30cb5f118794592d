/** One remote object as the vendor gave it. */
export interface RawRecord {
  /** External id, stable for the object's life. */
  readonly id: string
  readonly state: 'live' | 'deleted'
  /** The vendor's last-modified time: milliseconds UTC, `null` where the vendor has none. Orders two states of one object. */
  readonly modifiedAt: number | null
  /** The same time as the vendor wrote it. */
  readonly modifiedText: string | null
  /** Who wrote last, if the vendor says: an id, never a name or an address. */
  readonly actor: string | null
  /** The object that this one was merged into. */
  readonly mergedInto?: string
  /** The vendor's JSON, unchanged. */
  readonly body: unknown
}

/** An HTTP request before anything is understood. Header names are lower-case. */
export interface RawRequest {
  readonly method: string
  /** The public URL the vendor was given, as configured, with the request's own path and query. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  readonly receivedAt: number
}

/** One item of a webhook. Thin unless `record` is there: the hub then reads the object. */
export interface RawSignal {
  /** What the vendor repeats on a redelivery, and only then: the deduplication key within the connection. */
  readonly id: string
  /** `null` when the item could not be understood: `why` then says so, and it becomes an exception. */
  readonly subject: { readonly stream: string; readonly externalId: string } | null
  readonly type: 'created' | 'changed' | 'deleted' | 'merged' | 'restored' | 'unreadable'
  /** The vendor's own time as text; a redelivery repeats it too. */
  readonly time: string | null
  /** The item's own JSON text. */
  readonly body: string
  readonly record?: RawRecord
  readonly mergedInto?: string
  readonly why?: string
}

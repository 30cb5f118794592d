import { RECORD_ID, type SalesforceStream } from './stream.ts'

/** What readings of one stream ask for. */
export interface Source {
  readonly type: string
  readonly fields: readonly string[]
  /** Whether to ask `queryAll`, which shows deleted and archived objects, for what lives. */
  readonly all: boolean
  /** SOQL that holds for what lives. */
  readonly living: readonly string[]
  /** SOQL that holds for whatever is shown, alive or not. */
  readonly shown: string | null
}

/** `mapped`: the properties that the mappings use, checked. */
export function createSource({ type, envelope, nature }: SalesforceStream, mapped: readonly string[]): Source {
  const all = nature.archives === true
  const shown = nature.ownOnly === true ? `${RECORD_ID} != null` : null
  return {
    type,
    fields: [...new Set([...envelope, ...mapped])],
    all,
    living: [
      ...(all ? ['IsDeleted = false'] : []),
      ...(nature.living === undefined ? [] : [nature.living]),
      ...(shown === null ? [] : [shown]),
    ],
    shown,
  }
}

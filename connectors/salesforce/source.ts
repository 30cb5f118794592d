import type { SalesforceStream } from './stream.ts'

/** What readings of one stream ask for. */
export interface Source {
  readonly type: string
  readonly fields: readonly string[]
  /** Whether to ask `queryAll`, which shows deleted and archived objects, for what lives. */
  readonly all: boolean
  /** SOQL that holds for what lives. */
  readonly living: readonly string[]
}

/** `mapped`: the properties that the mappings use, checked. */
export function createSource({ type, envelope, nature }: SalesforceStream, mapped: readonly string[]): Source {
  const all = nature.archives === true
  return {
    type,
    fields: [...new Set([...envelope, ...mapped])],
    all,
    living: [...(all ? ['IsDeleted = false'] : []), ...(nature.living === undefined ? [] : [nature.living])],
  }
}

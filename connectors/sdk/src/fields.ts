/** Flat fields of one remote object: remote property name → JSON value. Absent means unknown, `null` means empty. */
export type Fields = Readonly<Record<string, unknown>>

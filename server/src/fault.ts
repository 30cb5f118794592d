/** Something that a person must mend. The command line shows all four lines; a server start ends with it. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError'
  readonly where: string
  readonly why: string
  /** The next command or edit. */
  readonly next: string

  constructor(what: string, details: { readonly where: string; readonly why: string; readonly next: string; readonly cause?: unknown }) {
    super(what, { cause: details.cause })
    this.where = details.where
    this.why = details.why
    this.next = details.next
  }
}

/**
 * The comment, invisible to readers, by which a create that may or may not have landed is found again: GitHub has neither an
 * idempotency key nor a field of our own.
 */
const MARKER = /(?:\r?\n){0,2}<!-- throughline:([0-9A-Za-z-]{1,64}) -->/g

/** The text with the record's marker at its end, in place of any other. */
export function mark(text: string, recordId: string): string {
  return `${text}${text === '' ? '' : '\n\n'}<!-- throughline:${recordId} -->`
}

/** The text without its last marker, which is ours: one further up was part of the text. */
export function unmark(body: string): { readonly text: string; readonly recordId: string | null } {
  const last = [...body.matchAll(MARKER)].at(-1)
  if (!last) return { text: body, recordId: null }
  return { text: body.slice(0, last.index) + body.slice(last.index + last[0].length), recordId: last[1] ?? null }
}

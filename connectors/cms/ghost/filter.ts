import type { Position } from '../shared/cursor.ts'

/** A text in Ghost's filter language, where both kinds of quotes are escaped and nothing else can be. */
export function quote(text: string): string {
  return `'${text.replaceAll(/['"]/g, String.raw`\$&`)}'`
}

/**
 * Whether a text can stand in a list with others: the language cannot escape a backslash, so one at the end would take the
 * closing quote along.
 */
export function isListable(text: string): boolean {
  return !text.endsWith('\\')
}

export function oneOf(field: string, values: readonly string[]): string {
  return values.length === 1 ? `${field}:${quote(values[0]!)}` : `${field}:[${values.map(quote).join(',')}]`
}

/** Strictly after the tuple (updated_at, id). Ghost keeps whole seconds and compares times as text of this form. */
export function following({ time, id }: Position): string {
  const at = new Date(time).toISOString().slice(0, 19).replace('T', ' ')
  return `updated_at:>${quote(at)},(updated_at:${quote(at)}+id:>${quote(id === '' ? '0' : id)})`
}

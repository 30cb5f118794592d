export type Values = Readonly<Record<string, string | number | readonly string[]>>

/**
 * A text with `{name}` (the value as text, a list joined by commas) and `{name:json}` (the value as JSON). Braces around
 * anything else stay as they are, so that JSON can be written as it is.
 */
export function fill(template: string, values: Values, escape: (text: string) => string = (text) => text): string {
  return template.replaceAll(/\{([a-zA-Z]+)(:json)?\}/g, (whole, name: string, json: string | undefined) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (value === undefined) return whole
    return escape(json === undefined ? String(value) : JSON.stringify(value))
  })
}

/** The names that a template uses. */
export function namesIn(template: string): string[] {
  return [...template.matchAll(/\{([a-zA-Z]+)(?::json)?\}/g)].map((match) => match[1] ?? '')
}

import { invalid } from './errors.ts'

export type Fields = Record<string, Record<string, unknown>>

export const LOCALES = ['en-US', 'de'] as const
export const CONTENT_TYPE = 'article'

/** Fields of the content type. Short texts can be searched for; long ones cannot. */
export const TYPES: Readonly<Record<string, 'Symbol' | 'Text' | 'RichText' | 'Link'>> = {
  title: 'Symbol',
  slug: 'Symbol',
  summary: 'Text',
  campaign: 'Symbol',
  email: 'Symbol',
  body: 'RichText',
  author: 'Link',
}

const MOST = { Symbol: 256, Text: 50_000 } as const

/** The content type as the management API shows it. */
export function contentType(space: string, environment: string): object {
  const link = (linkType: string, id: string): object => ({ sys: { type: 'Link', linkType, id } })
  return {
    sys: { id: CONTENT_TYPE, type: 'ContentType', version: 3, space: link('Space', space), environment: link('Environment', environment) },
    name: 'Article',
    displayField: 'title',
    fields: Object.entries(TYPES).map(([id, type]) => ({ id, name: id, type, localized: true, required: id === 'title', omitted: false })),
  }
}

/** Checks what is checked when a draft is saved: names, locales, types and lengths. Empty fields are not kept. */
export function validate(fields: Readonly<Record<string, unknown>>): Fields {
  const kept: Fields = {}
  for (const [name, values] of Object.entries(fields)) {
    const type = TYPES[name]
    if (type === undefined) throw invalid('unknown', ['fields', name], `The property "${name}" is not expected`)
    if (typeof values !== 'object' || values === null || Array.isArray(values)) {
      throw invalid('type', ['fields', name], `The type of "${name}" is incorrect, expected type: Object`)
    }
    for (const [locale, value] of Object.entries(values as Record<string, unknown>)) {
      const path = ['fields', name, locale]
      if (!(LOCALES as readonly string[]).includes(locale)) throw invalid('unknown', path, `The property "${locale}" is not expected`)
      if (value === null || value === undefined) continue
      if (type === 'Symbol' || type === 'Text') {
        if (typeof value !== 'string') throw invalid('type', path, `The type of "value" is incorrect, expected type: ${type}`)
        if (value.length > MOST[type]) throw invalid('size', path, `Size must be at most ${MOST[type]}`)
      } else if (typeof value !== 'object') throw invalid('type', path, `The type of "value" is incorrect, expected type: ${type}`)
      kept[name] = { ...kept[name], [locale]: value }
    }
  }
  return kept
}

/** Checks what is checked on publishing only. */
export function validatePublishing(fields: Fields): void {
  if (fields.title?.['en-US'] === undefined) throw invalid('required', ['fields', 'title'], 'The property "title" is required here')
}

import { KINDS } from './kinds.ts'
import { invalidProperty, notSet } from './refusal.ts'
import type { ObjectType, Settings } from './types.ts'

const READ_ONLY = new Set(['hs_object_id', 'createdate', 'hs_merged_object_ids', 'hs_additional_emails'])

export function isKnown(type: ObjectType, name: string, settings: Settings): boolean {
  if (`${type}.${name}` in settings.customProperties) return true
  if (settings.missingProperties.includes(`${type}.${name}`)) return false
  return KINDS[type].writable.has(name) || READ_ONLY.has(name) || name === KINDS[type].modified
}

/** Whether no two living objects may share a value of it. */
export function isUnique(type: ObjectType, name: string, settings: Settings): boolean {
  const custom = settings.customProperties[`${type}.${name}`]
  if (custom) return custom.hasUniqueValue
  return KINDS[type].unique.includes(name) && isKnown(type, name, settings)
}

/** All unique properties of a type. */
export function uniqueNames(type: ObjectType, settings: Settings): string[] {
  const custom = Object.keys(settings.customProperties).flatMap((key) => (key.startsWith(`${type}.`) ? [key.slice(type.length + 1)] : []))
  return [...new Set([...KINDS[type].unique, ...custom])].filter((name) => isUnique(type, name, settings))
}

/** What the vendor stores for what a call gives, or the refusal of the whole object. */
export function accepted(type: ObjectType, given: unknown, settings: Settings): Record<string, string> {
  const properties: Record<string, string> = {}
  for (const [name, value] of Object.entries(typeof given === 'object' && given !== null ? given : {})) {
    if (!isKnown(type, name, settings)) throw invalidProperty(name, 'PROPERTY_DOESNT_EXIST', `Property "${name}" does not exist`)
    if (READ_ONLY.has(name) || name === KINDS[type].modified)
      throw invalidProperty(name, 'READ_ONLY_VALUE', `"${name}" is a read only property`)
    properties[name] = valueOf(type, name, value === null || value === undefined ? '' : String(value))
  }
  return properties
}

/** The same for a new object: what must be there is, and a stage without a pipeline is one of the pipeline that all have. */
export function acceptedNew(type: ObjectType, given: unknown, settings: Settings): Record<string, string> {
  const { required, pipeline } = KINDS[type]
  const properties = accepted(type, given, settings)
  const missing = required.filter((name) => (properties[name] ?? '') === '')
  if (missing.length > 0) throw notSet(type, missing)
  return pipeline ? { [pipeline.property]: pipeline.only.id, ...properties } : properties
}

function valueOf(type: ObjectType, name: string, text: string): string {
  const kind = KINDS[type]
  if (name === 'email') {
    const email = text.trim().toLowerCase()
    if (email !== '' && !/^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(email))
      throw invalidProperty(name, 'INVALID_EMAIL', `Email address ${text} is invalid`)
    return email
  }
  const { pipeline } = kind
  if (pipeline && (name === pipeline.stage || name === pipeline.property)) {
    const allowed = name === pipeline.stage ? pipeline.only.stages.map((stage) => stage.id) : [pipeline.only.id]
    if (!allowed.includes(text)) throw notAllowed(name, text, allowed)
  }
  const options = kind.options[name]
  if (options && text !== '' && !options.includes(text)) throw notAllowed(name, text, options)
  if (kind.numbers.includes(name) && text !== '' && !/^-?\d+(\.\d+)?$/.test(text))
    throw invalidProperty(name, 'INVALID_NUMBER', `${text} was not a valid number`)
  if (kind.times.includes(name) && text !== '') {
    const at = /^-?\d+$/.test(text) ? Number(text) : Date.parse(text)
    if (Number.isNaN(at)) throw invalidProperty(name, 'INVALID_DATE', `${text} was not a valid date`)
    return new Date(at).toISOString()
  }
  return text
}

function notAllowed(name: string, text: string, options: readonly string[]) {
  return invalidProperty(name, 'INVALID_OPTION', `${text} was not one of the allowed options: [${options.join(', ')}]`)
}

/** The form in which values of a unique property are compared. */
export function uniqueForm(value: string): string {
  return value.trim().toLowerCase()
}

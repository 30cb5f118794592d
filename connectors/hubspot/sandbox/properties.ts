import { invalidProperty } from './refusal.ts'
import type { ObjectType, Settings } from './types.ts'

/** The searchable property that mirrors `updatedAt`. */
export const MODIFIED: Readonly<Record<ObjectType, string>> = { contacts: 'lastmodifieddate', companies: 'hs_lastmodifieddate' }

/** Properties whose values no two living objects share. */
export const UNIQUE: Readonly<Record<ObjectType, readonly string[]>> = {
  contacts: ['email', 'throughline_id'],
  companies: ['throughline_id'],
}

const WRITABLE: Readonly<Record<ObjectType, ReadonlySet<string>>> = {
  contacts: new Set(
    'email firstname lastname phone mobilephone jobtitle company city state country zip address website lifecyclestage hs_lead_status salutation throughline_id'.split(
      ' ',
    ),
  ),
  companies: new Set(
    'name domain phone city state country zip address industry website description numberofemployees annualrevenue lifecyclestage throughline_id'.split(
      ' ',
    ),
  ),
}

const READ_ONLY = new Set(['hs_object_id', 'createdate', 'hs_merged_object_ids', 'hs_additional_emails'])

/** What the vendor returns when nothing is asked for, or besides what is. */
export const DEFAULTS: Readonly<Record<ObjectType, readonly string[]>> = {
  contacts: ['email', 'firstname', 'lastname'],
  companies: ['domain', 'name'],
}

const STAGES = new Set('subscriber lead marketingqualifiedlead salesqualifiedlead opportunity customer evangelist other'.split(' '))

export function isKnown(type: ObjectType, name: string, settings: Settings): boolean {
  if (settings.missingProperties.includes(`${type}.${name}`)) return false
  return WRITABLE[type].has(name) || READ_ONLY.has(name) || name === MODIFIED[type]
}

/** What the vendor stores for what a call gives, or the refusal of the whole object. */
export function accepted(type: ObjectType, given: unknown, settings: Settings): Record<string, string> {
  const properties: Record<string, string> = {}
  for (const [name, value] of Object.entries(typeof given === 'object' && given !== null ? given : {})) {
    if (!isKnown(type, name, settings)) throw invalidProperty(name, 'PROPERTY_DOESNT_EXIST', `Property "${name}" does not exist`)
    if (READ_ONLY.has(name) || name === MODIFIED[type]) throw invalidProperty(name, 'READ_ONLY_VALUE', `"${name}" is a read only property`)
    properties[name] = valueOf(name, value === null || value === undefined ? '' : String(value))
  }
  return properties
}

function valueOf(name: string, text: string): string {
  if (name === 'email') {
    const email = text.trim().toLowerCase()
    if (email !== '' && !/^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(email))
      throw invalidProperty(name, 'INVALID_EMAIL', `Email address ${text} is invalid`)
    return email
  }
  if (name === 'lifecyclestage' && text !== '' && !STAGES.has(text)) {
    throw invalidProperty(name, 'INVALID_OPTION', `${text} was not one of the allowed options`)
  }
  return text
}

/** The form in which values of a unique property are compared. */
export function uniqueForm(value: string): string {
  return value.trim().toLowerCase()
}

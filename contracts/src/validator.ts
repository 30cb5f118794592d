import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { isDomain, isEmail, isInstant, toWebAddress } from './values.ts'

/** Our own keywords, all annotations. */
export const ownKeywords = ['x-identity', 'x-personal', 'x-examples'] as const

/** Formats that a contract may use. */
export const formatNames = ['email', 'uri', 'hostname', 'date-time', 'date', 'uuid'] as const

/**
 * One ajv for a set of schemas: strict, own members only, every problem at once. Compile once and keep the result.
 */
export function createAjv(): Ajv2020 {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, ownProperties: true, allErrors: true, verbose: true })
  formats.default(ajv, ['date', 'uuid'])
  ajv.addFormat('email', isEmail)
  ajv.addFormat('hostname', isDomain)
  ajv.addFormat('date-time', isInstant)
  ajv.addFormat('uri', (text: string) => /^https?:\/\/\S+$/.test(text) && toWebAddress(text) !== undefined)
  ajv.addVocabulary([...ownKeywords])
  return ajv
}

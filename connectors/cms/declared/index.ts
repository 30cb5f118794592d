import { readFileSync } from 'node:fs'
import { declared } from './connector.ts'

export type { DeclaredConfig } from './config.ts'
export { declared } from './connector.ts'

const example = (name: string) => {
  const file = new URL(`./examples/${name}.yaml`, import.meta.url)
  return declared(readFileSync(file, 'utf8'), file)
}

/** Two worked examples of a description. */
export const directus = example('directus')
export const wordpress = example('wordpress')

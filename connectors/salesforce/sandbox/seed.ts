import { seededRandom } from '@throughline/sdk/sandbox'
import { findObject } from './objects.ts'
import type { Org } from './org.ts'
import { HUMAN_USER } from './sessions.ts'

export interface SeedInput {
  readonly people?: number
  readonly leads?: number
  readonly companies?: number
  readonly seed?: number
}

const FIRST = [
  'Ada',
  'Bruno',
  'Chloé',
  'Dmitri',
  'Elif',
  'Farid',
  'Grace',
  'Håkon',
  'Inês',
  'Jun',
  'Kwame',
  'Lena',
  'Mateo',
  'Noor',
  'Oisín',
  'Petra',
]
const LAST = [
  'Abbott',
  'Brandt',
  'Castillo',
  'Dubois',
  'Eriksen',
  'Fischer',
  'García',
  'Haddad',
  'Ito',
  'Jansen',
  'Kowalski',
  'Lindqvist',
  "O'Neill",
  'Şahin',
]
const TITLES = ['Head of Sales', 'Buyer', 'CFO', 'Engineer', null]
const PLACES = [
  ['Berlin', 'Germany'],
  ['Lyon', 'France'],
  ['Oslo', 'Norway'],
  ['São Paulo', 'Brazil'],
  ['Austin', 'United States'],
] as const
const COMPANIES = ['Northwind', 'Acme', 'Globex', 'Initech', 'Umbra', 'Hooli', 'Vandelay', 'Stark & Sons']

/** Fills the org as somebody working in it would have: equal seeds, equal data. Answers how many rows it made. */
export function seed(org: Org, input: SeedInput = {}): { created: number } {
  const random = seededRandom(input.seed ?? 1)
  const pick = <T>(items: readonly T[]): T | undefined => items[Math.floor(random() * items.length)]
  let created = 0
  const make = (type: string, values: Record<string, unknown>): void => {
    const object = findObject(type)
    const saved = object && org.store.create(object, values, HUMAN_USER)
    if (!saved?.ok) throw new Error(`the seed made a ${type} that the org refuses: ${JSON.stringify(saved?.errors)}`)
    created += 1
  }
  const person = (i: number, domain: string): Record<string, unknown> => {
    const [first, last] = [pick(FIRST) ?? '', pick(LAST) ?? '']
    const plain = `${first}.${last}`
      .normalize('NFKD')
      .replaceAll(/[^A-Za-z.]/g, '')
      .toLowerCase()
    return {
      FirstName: first,
      LastName: last,
      Email: `${plain}.${i}@${domain}`,
      Phone: `+49 30 ${100_000 + i}`,
      Title: pick(TITLES) ?? null,
    }
  }
  for (let i = 0; i < (input.companies ?? 0); i += 1) {
    const name = `${pick(COMPANIES) ?? ''} ${i}`
    const domain = `${name.replaceAll(/[^A-Za-z0-9]/g, '').toLowerCase()}.example`
    const [city, country] = pick(PLACES) ?? []
    make('Account', { Name: name, Domain__c: domain, Website: `https://${domain}`, BillingCity: city, BillingCountry: country })
  }
  for (let i = 0; i < (input.people ?? 0); i += 1) {
    const [city, country] = pick(PLACES) ?? []
    make('Contact', { ...person(i, 'people.example'), MailingCity: city, MailingCountry: country })
  }
  for (let i = 0; i < (input.leads ?? 0); i += 1) {
    const [city, country] = pick(PLACES) ?? []
    make('Lead', { ...person(i, 'leads.example'), Company: pick(COMPANIES), City: city, Country: country })
  }
  return { created }
}

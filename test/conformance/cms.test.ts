import { readFileSync } from 'node:fs'
import * as cms from '@throughline/cms'
import { expect, test } from 'vitest'
import { conformance } from './conformance.ts'
import { wordpressSubject } from './subjects/declared.ts'

/** The package holds several connectors; this is where it shows that none is left out. */
test.each(Object.entries(cms).filter(([, value]) => typeof value === 'object'))('%s is under the laws', (name) => {
  const files = ['strapi', 'ghost', 'contentful', 'sanity', 'declared'].map((file) => `${file}.test.ts`).concat('subjects/declared.ts')
  const said = files.map((file) => readFileSync(new URL(file, import.meta.url), 'utf8')).join('\n')
  expect(said).toMatch(new RegExp(`connector: ${name},`))
})

const file = new URL('./declared/examples/wordpress.yaml', import.meta.resolve('@throughline/cms'))
const byOffset = `{ kind: offset, query: { offset: '{offset}' } }`
const description = readFileSync(file, 'utf8')

test('the other way of paging takes the place of the first', () => {
  expect(description.split(byOffset)).toHaveLength(2)
})

// The same system listed by numbered pages, which share nothing and so hide what slips from one to the other.
conformance({
  ...wordpressSubject,
  connector: cms.declared(description.replace(byOffset, `{ kind: page, query: { page: '{page}' } }`), file),
})

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readDocument } from './document.ts'
import { createAjv } from './validator.ts'

const keeps = createAjv().compile(JSON.parse(readFileSync(new URL('../formats/config.schema.json', import.meta.url), 'utf8')) as object)

const good = `workspace: acme
database: file:./acme.db
listen: { host: 127.0.0.1, port: 4800, publicUrl: https://hub.example.com }
token: env:THROUGHLINE_TOKEN
connections:
  crm:
    connector: salesforce
    config: { anything: [goes, here] }
    poll: 30
    mappings: { people: ./people.yaml }
    limits: { calls: 100, per: 10000 }
  marketing: { connector: hubspot, config: {} }
systems: [crm, marketing]
`

const read = (text: string) =>
  readDocument(text, keeps).faults.map((fault) => `${fault.line}:${fault.col} ${fault.what}; ${fault.why}. ${fault.next}`)

describe('throughline.yaml', () => {
  test('a full one passes, and so does a small one', () => {
    expect(read(good)).toEqual([])
    expect(read(good.replace(/^ {4}(?:poll|mappings|limits).*\n/gm, '').replace(/^systems.*\n/m, ''))).toEqual([])
  })

  test.each([
    ['workspace: acme', 'workspace: Acme Ltd', '1:12 "workspace" is wrong'],
    ['database: file:./acme.db', 'database: postgres://x', '2:11 "database" is wrong'],
    ['port: 4800', 'port: 70000', '3:34 "port" is wrong; expected a number <= 65535, got 70000'],
    ['publicUrl: https://hub.example.com', 'publicUrl: hub', '3:51 "publicUrl" is wrong; expected a web address'],
    ['token: env:THROUGHLINE_TOKEN\n', '', '1:1 the setting "token" is missing; it has no default. Add "token: …" here.'],
    [
      'poll: 30',
      'pol: 30',
      '9:5 unknown setting "pol"; here stands only connector, config, poll, streams, mappings, limits. Did you mean "poll"?',
    ],
    ['poll: 30', 'poll: 0', '9:11 "poll" is wrong'],
    ['calls: 100, ', '', '11:13 the setting "calls" is missing'],
    [
      'connector: salesforce',
      'conector: salesforce',
      '7:5 unknown setting "conector"; here stands only connector, config, poll, streams, mappings, limits. Did you mean "connector"?',
    ],
    ['systems: [crm, marketing]', 'systems: [crm, crm]', '13:10 "systems" is wrong'],
    ['  marketing:', '  Marketing:', '12:3 the name "Marketing" is wrong'],
    ['  marketing:', '  latest:', '12:3 the name "latest" is wrong'],
  ])('%s → %s', (from, to, expected) => {
    expect(good).toContain(from)
    expect(read(good.replace(from, to)).join('\n')).toContain(expected)
  })

  test('a secret written in the open is refused and not repeated', () => {
    const [fault, ...more] = read(good.replace('env:THROUGHLINE_TOKEN', 'hunter2-hunter2'))
    expect(fault).toMatch(/^4:8 "token" is wrong/)
    expect(fault).not.toMatch(/hunter|aaaaaa/)
    expect(more).toEqual([])
  })
})

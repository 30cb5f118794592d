import { expect, test } from 'vitest'
import { demoPorts } from './ports.ts'
import { demoSystems } from './systems.ts'

const systems = demoSystems('strapi')

test('each stand-in has its port; given ones come in order, and what is left out gets a free one', () => {
  expect(demoPorts({}, systems)).toEqual({ hub: 4_800, sandboxes: { hubspot: 4_801, salesforce: 4_802, cms: 4_803, github: 4_804 } })
  const given = { THROUGHLINE_PORT: '4900', THROUGHLINE_DEMO_PORTS: '1,2,3,4' }
  expect(demoPorts(given, systems)).toEqual({ hub: 4_900, sandboxes: { hubspot: 1, salesforce: 2, cms: 3, github: 4 } })
  expect(demoPorts({ THROUGHLINE_DEMO_PORTS: '7' }, systems).sandboxes).toEqual({ hubspot: 7, salesforce: 0, cms: 0, github: 0 })
  for (const wrong of ['a', '1,,2', '1,2,3,4,5', '70000', '-1'])
    expect(() => demoPorts({ THROUGHLINE_DEMO_PORTS: wrong }, systems)).toThrow('THROUGHLINE_DEMO_PORTS is wrong')
})

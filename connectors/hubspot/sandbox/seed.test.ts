import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { type HubspotSandbox, serveHubspot } from './index.ts'
import { rawClient } from './raw.ts'

let sandbox: HubspotSandbox
let raw: ReturnType<typeof rawClient>
const contacts = () => (sandbox.state().contacts ?? []).flatMap((row) => ('properties' in row ? [row] : []))
const texts = (name: string) => contacts().flatMap((row) => row.properties[name] ?? [])

beforeAll(async () => {
  sandbox = await serveHubspot(0)
  raw = rawClient(sandbox.url)
})
afterAll(() => sandbox.close())
beforeEach(async () => {
  await raw('POST', '/_sandbox/reset')
})

it('plants the asked number of people with dirt, each address once', async () => {
  const { json } = await raw('POST', '/_sandbox/seed', { people: 1_200, companies: 20, seed: 7 })
  expect(json).toEqual({ people: 1200, companies: 20 })
  expect(new Set(texts('email')).size).toBe(1_200)
  expect(texts('email').every((email) => /^[a-z0-9.+]+@[a-z0-9]+\.example$/.test(email))).toBe(true)
  expect(texts('email').some((email) => email.includes('+news@'))).toBe(true)
  expect(texts('lastname').length).toBeGreaterThan(1_000)
  expect(texts('lastname').length).toBeLessThan(1_200)
  expect(texts('firstname').some((name) => name !== name.trim())).toBe(true)
  expect(texts('firstname').some((name) => /[^\p{ASCII}]/u.test(name))).toBe(true)
  expect(new Set(texts('company').map((name) => name.trim().toLowerCase())).size).toBeLessThan(30)
  expect(new Set(texts('phone').map((phone) => phone.replaceAll(/\d/g, '#'))).size).toBeGreaterThan(8)
  expect(new Set(contacts().map((row) => row.updatedAt)).size).toBeGreaterThan(1_000)
})

it('is the same for the same seed, and another for another', async () => {
  const plant = async (seed: number) => {
    await raw('POST', '/_sandbox/reset')
    sandbox.seed({ people: 100, seed })
    return contacts().map((row) => row.properties)
  }
  const first = await plant(3)
  expect(await plant(3)).toEqual(first)
  expect(await plant(4)).not.toEqual(first)
})

it('adds other people when repeated, and plants equal times when asked', () => {
  sandbox.seed({ people: 50, times: 'equal' })
  expect(new Set(contacts().map((row) => row.updatedAt)).size).toBe(1)
  sandbox.seed({ people: 50 })
  expect(contacts()).toHaveLength(100)
})

it('plants 20,000 people within five seconds on a busy machine', () => {
  const began = performance.now()
  sandbox.seed({ people: 20_000 })
  expect(performance.now() - began).toBeLessThan(5_000)
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestHub, TOKEN, until, type TestHub } from '../testing.ts'

const HOSTILE = '<img src=x onerror=alert(1)>"\'</script>'

let hub: TestHub
let cookie: string
beforeAll(async () => {
  hub = await startTestHub(3)
  hub.hubspot.store.create(
    'contacts',
    { email: 'mallory@example.com', lastname: HOSTILE, jobtitle: 'javascript:alert(1)' },
    hub.hubspot.human,
  )
  await until(async () => (await hub.running.watch.figures()).receipts >= 4)
  cookie = cookieOf(await login(TOKEN))
})
afterAll(() => hub.close())

const login = (token: string): Promise<Response> =>
  hub.fetch('/console/login', { method: 'POST', body: new URLSearchParams({ token }), headers: { origin: hub.url } })
const cookieOf = (answer: Response): string => answer.headers.getSetCookie().at(-1)!.split(';')[0]!
const page = (path: string): Promise<Response> => hub.fetch(path, { headers: { cookie } })

test('without a session there is only the log-in; with the token there is a strict, script-proof cookie', async () => {
  const answer = await hub.fetch('/console')
  expect([answer.status, answer.headers.get('location')]).toEqual([303, '/console/login'])
  expect((await hub.fetch('/console/overview')).status).toBe(401)
  expect((await login('wrong')).status).toBe(401)
  const good = await login(TOKEN)
  expect(good.headers.getSetCookie().at(-1)).toMatch(/HttpOnly; SameSite=Strict/)
  expect((await page('/console')).status).toBe(200)
  expect((await hub.fetch('/console', { headers: { cookie: 'throughline=guess' } })).status).toBe(303)
})

test('a one-time code logs in once', async () => {
  const path = `/console/enter/${hub.code()}`
  const first = await hub.fetch(path)
  expect(first.status).toBe(200)
  expect((await hub.fetch('/console', { headers: { cookie: cookieOf(first) } })).status).toBe(200)
  expect((await hub.fetch(path)).status).toBe(401)
  expect((await hub.fetch('/console/enter/guess')).status).toBe(401)
})

test('a session does not open the API, and ends when one logs out', async () => {
  const own = cookieOf(await login(TOKEN))
  expect((await hub.fetch('/v1/records', { headers: { cookie: own } })).status).toBe(401)
  await hub.fetch('/console/logout', { method: 'POST', headers: { cookie: own } })
  expect((await hub.fetch('/console', { headers: { cookie: own } })).status).toBe(303)
})

test('every page forbids foreign scripts and framing', async () => {
  for (const path of ['/console', '/console/login', '/docs', '/console/assets/console.js']) {
    const { headers } = await page(path)
    expect(headers.get('content-security-policy')).toContain("default-src 'self'")
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  }
})

test('no page carries an inline script or style, which the policy would block', async () => {
  for (const path of ['/console', '/console/login', '/docs']) {
    const html = await (await page(path)).text()
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/)
  }
})

test('what a system supplied is inert text', async () => {
  const { items } = await hub.running.watch.records({ identity: 'mallory@example.com' }, { limit: 1, after: null })
  const html = await (await page(`/console/records/${items[0]!.id}`)).text()
  expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;')
  expect(html).not.toContain('<img')
  expect(html).not.toContain('href="javascript:')
  const event = items[0]!.fields['lastName']!.event!
  const arrived = await (await page(`/console/events/${event}`)).text()
  expect(arrived).toContain('&lt;img')
  expect(arrived).not.toContain('<img')
})

test('the overview shows the environment, the systems and what is going on, with captions and words for states', async () => {
  const html = await (await page('/console')).text()
  expect(html).toContain('DEMO')
  for (const text of ['<caption>', 'hubspot', 'salesforce', 'going out', 'done', 'applied', '<html lang="en">'])
    expect(html).toContain(text)
  const live = await (await page('/console/overview')).text()
  expect(live).not.toContain('<html')
})

test('a connection is paused and resumed from the console, by a form of our own only', async () => {
  const act = (verb: string, headers: Record<string, string>): Promise<Response> =>
    hub.fetch(`/console/connections/salesforce/${verb}`, { method: 'POST', headers: { cookie, ...headers } })
  expect((await act('pause', { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
  expect((await act('pause', { 'sec-fetch-site': 'same-origin' })).status).toBe(303)
  expect(await (await page('/console')).text()).toContain('salesforce is paused.')
  await act('resume', { origin: hub.url })
  expect(await (await page('/console')).text()).not.toContain('salesforce is paused.')
})

test('an unknown event or record is a page that says so', async () => {
  expect((await page('/console/records/none')).status).toBe(404)
  expect((await page('/console/events/none')).status).toBe(404)
})

import { createSign, generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { serveRaw } from './raw.ts'
import { CLIENTS, HUB_USER, HUMAN_USER } from './sessions.ts'

async function grant(url: string, form: Record<string, string>): Promise<{ status: number; body: Record<string, string> }> {
  const response = await fetch(`${url}/services/oauth2/token`, { method: 'POST', body: new URLSearchParams(form) })
  return { status: response.status, body: (await response.json()) as Record<string, string> }
}

test('client credentials give a token whose identity names the run-as user', async () => {
  await using raw = await serveRaw()
  const hub = await grant(raw.url, { grant_type: 'client_credentials', client_id: 'throughline', client_secret: 'salesforce-secret' })
  expect(hub.status).toBe(200)
  expect(hub.body['token_type']).toBe('Bearer')
  expect(hub.body['id']?.endsWith(`/${HUB_USER}`)).toBe(true)
  const human = await grant(raw.url, { grant_type: 'client_credentials', client_id: 'human', client_secret: 'human-secret' })
  expect(human.body['id']?.endsWith(`/${HUMAN_USER}`)).toBe(true)
  expect(human.body['access_token']).not.toBe(hub.body['access_token'])
})

test.each([
  [{ grant_type: 'client_credentials', client_id: 'throughline', client_secret: 'wrong' }, 'invalid_client'],
  [{ grant_type: 'client_credentials', client_id: 'nobody', client_secret: 'x' }, 'invalid_client_id'],
  [{ grant_type: 'password', client_id: 'throughline' }, 'unsupported_grant_type'],
  [{ grant_type: 'refresh_token', client_id: 'throughline', refresh_token: 'wrong' }, 'invalid_grant'],
])('%o is refused with %s', async (form, error) => {
  await using raw = await serveRaw()
  expect(await grant(raw.url, form)).toMatchObject({ status: 400, body: { error } })
})

test('a JWT assertion is checked against the client certificate and its expiry', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  await using raw = await serveRaw({ clients: [{ ...CLIENTS[0]!, publicKey }] })
  const assertion = (claims: object, key = privateKey): string => {
    const text = [{ alg: 'RS256' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
    return `${text}.${createSign('RSA-SHA256').update(text).sign(key, 'base64url')}`
  }
  const ask = (jwt: string) => grant(raw.url, { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: jwt })
  const soon = Math.floor(Date.now() / 1000) + 180
  expect(await ask(assertion({ iss: 'throughline', sub: 'x', exp: soon }))).toMatchObject({ status: 200 })
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  expect(await ask(assertion({ iss: 'throughline', exp: soon }, stranger))).toMatchObject({ body: { error: 'invalid_grant' } })
  expect(await ask(assertion({ iss: 'throughline', exp: soon - 400 }))).toMatchObject({ body: { error: 'invalid_grant' } })
})

test('userinfo says who one is, and answers an unknown token in its own way', async () => {
  await using raw = await serveRaw()
  expect((await raw.call('GET', '/services/oauth2/userinfo')).body).toMatchObject({ user_id: HUMAN_USER })
  const refused = await fetch(`${raw.url}/services/oauth2/userinfo`, { headers: { authorization: 'Bearer nonsense' } })
  expect([refused.status, await refused.text()]).toEqual([403, 'Bad_OAuth_Token'])
})

test('versions need no session, everything else does', async () => {
  await using raw = await serveRaw()
  const versions = (await (await fetch(`${raw.url}/services/data/`)).json()) as { version: string }[]
  expect(versions.map((entry) => entry.version)).toContain('67.0')
  const refused = await fetch(`${raw.url}/services/data/v67.0/limits`)
  expect([refused.status, await refused.json()]).toEqual([
    401,
    [{ message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' }],
  ])
})

test('expire ends the sessions there are', async () => {
  await using raw = await serveRaw()
  expect((await raw.call('GET', '/limits')).status).toBe(200)
  await raw.admin('expire')
  expect(await raw.call('GET', '/limits')).toMatchObject({ status: 401, body: [{ errorCode: 'INVALID_SESSION_ID' }] })
  await raw.logIn('human')
  expect((await raw.call('GET', '/limits')).status).toBe(200)
})

test('each call counts against the daily limit and says so; beyond it, 403', async () => {
  await using raw = await serveRaw({ dailyLimit: 3 })
  expect((await raw.call('GET', '/limits')).headers.get('sforce-limit-info')).toBe('api-usage=1/3')
  expect((await raw.call('GET', '/limits')).body).toEqual({ DailyApiRequests: { Max: 3, Remaining: 1 } })
  await raw.call('GET', '/limits')
  const refused = await raw.call('GET', '/limits')
  expect(refused).toMatchObject({ status: 403, body: [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'TotalRequests Limit exceeded.' }] })
  expect(refused.headers.get('sforce-limit-info')).toBe('api-usage=3/3')
  await raw.admin('limit', { max: 10 })
  expect((await raw.call('GET', '/limits')).status).toBe(200)
})

test('an unknown route is a 501 that names itself', async () => {
  await using raw = await serveRaw()
  expect(await raw.call('GET', '/analytics/reports')).toMatchObject({ status: 501 })
  expect(JSON.stringify((await raw.call('GET', '/jobs/ingest')).body)).toContain('/jobs/ingest')
})

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadRegistry } from '@throughline/contracts'
import { afterAll, expect, test } from 'vitest'
import { sample } from './cli/commands/init.ts'
import { loadConfig, parseConfig, type Config } from './config.ts'
import { library } from './registry.ts'
import { pollEvery, setupsOf } from './setups.ts'

const folder = mkdtempSync(join(tmpdir(), 'throughline-config-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const SECRETS = {
  THROUGHLINE_HUB_TOKEN: '0123456789abcdef',
  HUBSPOT_TOKEN: 'pat-hubspot',
  HUBSPOT_CLIENT_SECRET: 'client-hubspot',
  SALESFORCE_CLIENT_SECRET: 'client-salesforce',
}
const SAMPLE = sample('file:///formats/config.schema.json')

const parse = (text: string, env: Record<string, string> = {}): Promise<Config> =>
  parseConfig(text, join(folder, 'throughline.yaml'), library, env)

async function fault(text: string, env: Record<string, string> = {}): Promise<string> {
  try {
    const config = await parse(text, env)
    config.secrets()
  } catch (error) {
    return (error as Error).message.replaceAll(`${folder}/`, '')
  }
  return 'no fault'
}

test('what `init` writes is right once its secrets are set', async () => {
  const config = await parse(SAMPLE, SECRETS)
  expect(config.listen).toEqual({ host: '127.0.0.1', port: 4800, publicUrl: null })
  expect(config.database).toBe(`file:${folder}/.throughline/hub.db`)
  expect(config.systems).toEqual(['hubspot', 'salesforce'])
  const { token, configs } = config.secrets()
  expect(token).toBe(SECRETS.THROUGHLINE_HUB_TOKEN)
  expect(configs.get('hubspot')).toEqual({ token: 'pat-hubspot', clientSecret: 'client-hubspot' })
})

test('a fault names file, line and column, what, why and what to do', async () => {
  expect(await fault(SAMPLE.replace('  port: 4800', '  prot: 4800'), SECRETS)).toMatch(
    /^throughline\.yaml:10:3 the setting "port" is missing; .*\nthroughline\.yaml:11:3 unknown setting "prot"; .*Did you mean "port"\?$/,
  )
  expect(await fault(SAMPLE.replace('port: 4800', 'port: many'), SECRETS)).toMatch(
    /^throughline\.yaml:11:9 "port" is wrong; expected .*integer/,
  )
  expect(await fault(SAMPLE.replace('connector: salesforce', 'connector: salesfroce'), SECRETS)).toMatch(
    /^throughline\.yaml:\d+:16 there is no connector "salesfroce"; the connectors are hubspot, salesforce, github, strapi, .*\. Did you mean "salesforce"\?$/,
  )
  expect(await fault(SAMPLE.replace('instanceUrl: https', 'instanceUrl: ftp'), SECRETS)).toMatch(
    /^throughline\.yaml:\d+:20 "instanceUrl" is wrong/,
  )
  expect(await fault(SAMPLE.replace('systems: [hubspot, salesforce]', 'systems: [hubspot, salesforec]'), SECRETS)).toMatch(
    /there is no connection "salesforec".*Did you mean "salesforce"\?$/,
  )
  expect(await fault('a: [', SECRETS)).toMatch(/^throughline\.yaml:1:\d+ this is not valid YAML/)
})

test('a choice that is not met is one fault that names the alternatives', async () => {
  const text = SAMPLE.replace(/      clientId: .*\n/, '')
  const said = await fault(text, SECRETS)
  expect(said.split('\n')).toHaveLength(1)
  expect(said).toContain('either accessToken, or clientId and clientSecret')
})

test('a secret in the file is refused without being shown', async () => {
  const said = await fault(SAMPLE.replace('token: env:HUBSPOT_TOKEN', 'token: pat-na1-very-secret'), SECRETS)
  expect(said).toMatch(/^throughline\.yaml:\d+:14 "token" is wrong; .*Write env:NAME or file:path, never the secret itself\.$/)
  expect(said).not.toContain('very-secret')
})

test('every missing secret is named at its place, and a short token is refused', async () => {
  const said = await fault(SAMPLE, { ...SECRETS, HUBSPOT_TOKEN: '', SALESFORCE_CLIENT_SECRET: '' })
  expect(said.split('\n')).toHaveLength(2)
  expect(said).toMatch(/:\d+:14 the environment variable HUBSPOT_TOKEN is empty; connections\.hubspot\.config\.token refers to it/)
  expect(await fault(SAMPLE, { ...SECRETS, THROUGHLINE_HUB_TOKEN: 'short' })).toMatch(/the token is too short/)
})

test('secrets come from files too, without their last line break', async () => {
  writeFileSync(join(folder, 'token'), 'a-token-from-a-file\n')
  const config = await parse(SAMPLE.replace('token: env:THROUGHLINE_HUB_TOKEN', 'token: file:token'), SECRETS)
  expect(config.secrets().token).toBe('a-token-from-a-file')
  expect(await fault(SAMPLE.replace('token: env:THROUGHLINE_HUB_TOKEN', 'token: file:missing'), SECRETS)).toContain('cannot be read')
})

test('a setting that is no secret may come from the environment too', async () => {
  const text = SAMPLE.replace('clientId: replace-with-the-consumer-key', 'clientId: env:CONSUMER_KEY')
  expect((await parse(text, { ...SECRETS, CONSUMER_KEY: 'key' })).secrets().configs.get('salesforce')).toMatchObject({ clientId: 'key' })
  expect(await fault(text, SECRETS)).toContain('the environment variable CONSUMER_KEY is not set')
})

test('variables win over the file, which may then leave the setting out', async () => {
  const env = {
    ...SECRETS,
    THROUGHLINE_PORT: '4810',
    THROUGHLINE_HOST: '0.0.0.0',
    THROUGHLINE_DATABASE: 'http://db:8080',
    THROUGHLINE_TOKEN: 'from-the-environment',
  }
  const bare = SAMPLE.replace(/^token: .*\n/m, '')
    .replace(/^database: .*\n/m, '')
    .replace(/^listen:\n(  .*\n)+/m, '')
  const config = await parse(bare, env)
  expect(config.listen).toMatchObject({ host: '0.0.0.0', port: 4810 })
  expect(config.database).toBe('http://db:8080')
  expect(config.secrets().token).toBe('from-the-environment')
  expect(await fault(bare, SECRETS)).toContain('the setting "listen" is missing')
  await expect(parse(SAMPLE, { ...SECRETS, THROUGHLINE_PORT: '48oo' })).rejects.toThrow('THROUGHLINE_PORT is no port')
})

test('no configuration at all is one sentence with the way on', async () => {
  await expect(loadConfig(join(folder, 'none.yaml'), library, {})).rejects.toThrow('There is no configuration to start from')
})

test('polling uses a tenth of the quota at most', async () => {
  expect(pollEvery({ calls: 100_000, per: 86_400_000 }, 3)).toBe(51_840)
  expect(pollEvery({ calls: 100, per: 10_000 }, 2)).toBe(5_000)
})

test('streams narrows what is synced; a name that means nothing is a fault at its place', async () => {
  const some = SAMPLE.replace('    connector: hubspot', '    connector: hubspot\n    streams: [contacts, tickets]')
  const config = await parse(some, SECRETS)
  const egress = { fetch: globalThis.fetch }
  const [hubspot, salesforce] = setupsOf(config.connections, config.secrets().configs, loadRegistry(), egress)
  expect(hubspot!.mappings.map(({ stream }) => stream)).toEqual(['contacts', 'tickets'])
  expect(salesforce!.mappings.length).toBeGreaterThan(3)
  expect(await fault(some.replace('tickets', 'tickest'), SECRETS)).toMatch(
    /^throughline\.yaml:\d+:25 there is no stream "tickest"; hubspot has .*Did you mean "tickets"\?$/,
  )
  expect(await fault(some.replace('[contacts, tickets]', '[]'), SECRETS)).toContain('"streams" is wrong')
})

test('private addresses are called only where the file says so', async () => {
  expect((await parse(SAMPLE, SECRETS)).egress).toEqual({ allowPrivate: false })
  expect((await parse(`${SAMPLE}egress: { allowPrivate: true }\n`, SECRETS)).egress).toEqual({ allowPrivate: true })
  expect((await parse(`${SAMPLE}egress: { allowPrivate: [CMS.internal] }\n`, SECRETS)).egress).toEqual({ allowPrivate: ['cms.internal'] })
  expect(await fault(`${SAMPLE}egress: { allowPrivate: maybe }\n`, SECRETS)).toContain('"allowPrivate" is wrong')
})

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))

function run(...args: string[]) {
  const child = spawn(process.execPath, [main, '--port', '0', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const said = new Promise<string>((resolve) => child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString('utf8'))))
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  return { child, said, ended }
}

it.each([['strapi'], ['ghost'], ['directus'], ['wordpress']])('%s runs as a process of its own, until it is told to end', async (kind) => {
  const { child, said, ended } = run('--kind', kind)
  const { sandbox, url } = JSON.parse(await said) as { sandbox: string; url: string }
  expect(sandbox).toBe(kind)
  const health = (await (await fetch(`${url}/_sandbox/health`)).json()) as { ok: boolean; name: string }
  expect([health.ok, health.name.toLowerCase()]).toEqual([true, kind])
  const seeded = await fetch(`${url}/_sandbox/seed`, { method: 'POST', body: '{"articles":3}' })
  expect(await seeded.json()).toHaveLength(3)
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
})

it('says which kinds there are', async () => {
  expect(await run('--kind', 'nonsense').ended).toBe(2)
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

it('runs as a process of its own, says where, and ends when told', async () => {
  const child = spawn(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url)), '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const { sandbox, url } = JSON.parse(String(line)) as { sandbox: string; url: string }
    expect(sandbox).toBe('hubspot')
    expect(await (await fetch(`${url}/_sandbox/health`)).json()).toEqual({ ok: true, name: 'HubSpot' })
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
  } finally {
    child.kill('SIGKILL')
  }
})

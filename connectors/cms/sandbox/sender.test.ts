import { afterEach, expect, it } from 'vitest'
import { listener } from '../shared/testing.ts'
import { createSender, type Sender, type WebhookSettings } from './sender.ts'

const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

async function sending(settings: Partial<WebhookSettings>, status = 200): Promise<{ sender: Sender; bodies: () => string[] }> {
  const target = await listener(status)
  const sender = createSender(() => 0.5, { timeoutMs: 1_000, concurrency: 1 }, { target: target.url, ...settings })
  open.push(() => sender.stop(), target.close)
  for (const body of ['1', '2', '3']) sender.tell(() => ({ headers: {}, body }))
  return { sender, bodies: () => target.got.map((one) => one.body) }
}

it('sends in order, each once', async () => {
  const { sender, bodies } = await sending({})
  await expect.poll(bodies).toEqual(['1', '2', '3'])
  expect(sender.settings()).toMatchObject({ sent: 3, failed: 0, dropped: 0 })
})

it('loses, doubles and swaps on demand', async () => {
  expect((await sending({ drop: 1 })).sender.settings()).toMatchObject({ dropped: 3, queued: 0 })
  await expect.poll((await sending({ duplicate: 1 })).bodies).toEqual(['1', '1', '2', '2', '3', '3'])
  await expect.poll((await sending({ reorder: 1 })).bodies).toEqual(['2', '3', '1'])
})

it('waits on demand, and never repeats what failed', async () => {
  const began = performance.now()
  const { sender, bodies } = await sending({ delayMs: 30 }, 503)
  await expect.poll(() => sender.settings().failed).toBe(3)
  expect(performance.now() - began).toBeGreaterThanOrEqual(85)
  expect(bodies()).toEqual(['1', '2', '3'])
})

it('sends nothing without a target, nor after its end', async () => {
  const { sender, bodies } = await sending({ target: null })
  expect(sender.settings()).toMatchObject({ queued: 0, sent: 0 })
  sender.stop()
  sender.tell(() => ({ headers: {}, body: '4' }))
  expect(bodies()).toEqual([])
})

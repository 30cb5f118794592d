import { expect, test } from 'vitest'
import { startDemo, until } from './demo.ts'

const GONE_MS = 5_000

test('a demo that is killed leaves no sandbox behind', async () => {
  const demo = await startDemo(0)
  const answers = (url: string): Promise<boolean> =>
    fetch(`${url}/_sandbox/health`).then(
      (answer) => answer.ok,
      () => false,
    )
  try {
    expect(await answers(demo.hubspot.url)).toBe(true)
    demo.kill()
    await until(
      async () => !(await answers(demo.hubspot.url)) && !(await answers(demo.salesforce.url)),
      GONE_MS,
      () => 'a sandbox outlived its demo',
    )
  } finally {
    await demo.stop()
  }
}, 60_000)

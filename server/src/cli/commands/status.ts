import type { Command } from 'commander'
import { connectToHub } from '../client.ts'
import { toHub, type Asked } from '../options.ts'
import { bold, green, print, red, table } from '../output.ts'

interface ShownConnection {
  readonly name: string
  readonly connector: string
  readonly paused: boolean
  readonly breaker: { readonly status: string }
  readonly queue: { readonly open: number; readonly dead: number; readonly reads: number }
  readonly streams: readonly { readonly name: string; readonly caughtUpAt: string | null }[]
}

type Health = { readonly ok: true; readonly account: string } | { readonly ok: false; readonly why: string; readonly remedy: string }

export function addStatus(program: Command): void {
  toHub(program.command('status').description('what the running hub does and whether its systems answer'))
    .option('--no-check', 'do not call the systems')
    .action(async (asked: Asked & { readonly check: boolean }) => {
      const hub = await connectToHub(asked)
      const { items } = await hub.get<{ items: readonly ShownConnection[] }>('/v1/connections')
      const checks = new Map<string, Health>()
      if (asked.check)
        await Promise.all(
          items.map(async ({ name }) => checks.set(name, await hub.post<Health>(`/v1/connections/${encodeURIComponent(name)}/check`))),
        )
      const isFine = items.every(
        (one) => !one.paused && one.breaker.status === 'closed' && one.queue.dead === 0 && checks.get(one.name)?.ok !== false,
      )
      process.exitCode = isFine ? 0 : 1
      if (asked.format === 'json') {
        const connections = items.map((one) => ({ ...one, health: checks.get(one.name) ?? null }))
        return print(JSON.stringify({ url: hub.endpoint.url, environment: hub.endpoint.environment, isFine, connections }, null, 2))
      }
      print(`${bold('Hub')}  ${hub.endpoint.url}  ${hub.endpoint.environment}`)
      table(
        ['connection', 'calls', 'queue', 'to read', 'dead', 'answers'],
        items.map((one) => [
          one.name,
          one.paused ? 'paused' : one.breaker.status === 'closed' ? 'going out' : 'breaker open',
          String(one.queue.open),
          String(one.queue.reads),
          String(one.queue.dead),
          answer(checks.get(one.name)),
        ]),
      )
    })
}

function answer(health: Health | undefined): string {
  if (health === undefined) return 'not asked'
  return health.ok ? green(`✔ ${health.account}`) : red(`✘ ${health.why}. ${health.remedy}`)
}

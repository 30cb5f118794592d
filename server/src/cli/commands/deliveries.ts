import { DELIVERY_STATES } from '@throughline/core'
import { Option, type Command } from 'commander'
import { OperatorError } from '../../fault.ts'
import { connectToHub, type Client } from '../client.ts'
import { toHub, type Asked } from '../options.ts'
import { print, table } from '../output.ts'

interface ShownDelivery {
  readonly id: string
  readonly connection: string
  readonly stream: string
  readonly state: string
  readonly operation: string | null
  readonly externalId: string | null
  readonly attempt: number
  readonly why: string | null
}

interface ListAsked extends Asked {
  readonly state?: string
  readonly connection?: string
  readonly limit: string
}

/** The API takes so many ids at once. */
const AT_ONCE = 1_000
const PAGE = 200
const MOST_PAGES = 1_000

export function addDeliveries(program: Command): void {
  const group = program.command('deliveries').description('what goes out: look, and send dead ones again')
  toHub(group.command('list').description('the newest deliveries'))
    .addOption(new Option('--state <state>', 'only those').choices([...DELIVERY_STATES]))
    .option('--connection <name>', 'only those to this system')
    .option('--limit <n>', 'at most so many', '20')
    .action(async (asked: ListAsked) => {
      const query = new URLSearchParams({ limit: asked.limit })
      if (asked.state !== undefined) query.set('state', asked.state)
      if (asked.connection !== undefined) query.set('connection', asked.connection)
      const { items } = await (await connectToHub(asked)).get<{ items: readonly ShownDelivery[] }>(`/v1/deliveries?${query.toString()}`)
      if (asked.format === 'json') return print(JSON.stringify(items, null, 2))
      table(
        ['id', 'to', 'state', 'operation', 'object', 'attempt', 'why'],
        items.map((one) => [
          one.id,
          `${one.connection}.${one.stream}`,
          one.state,
          one.operation ?? '-',
          one.externalId ?? '-',
          String(one.attempt),
          one.why ?? '',
        ]),
      )
    })
  toHub(group.command('retry').description('send dead deliveries again, with the newest values').argument('[ids...]'))
    .option('--all', 'every dead one')
    .action(async (ids: readonly string[], asked: Asked & { readonly all?: true }) => {
      if (ids.length === 0 && !asked.all)
        throw new OperatorError('Nothing to send again was named', {
          where: 'deliveries retry',
          why: 'it wants ids, or --all',
          next: 'Look first: npm run tl -- deliveries list --state dead',
        })
      const hub = await connectToHub(asked)
      const wanted = asked.all ? await allDead(hub) : ids
      let retried = 0
      for (let from = 0; from < wanted.length; from += AT_ONCE) {
        const answer = await hub.post<{ retried: number }>('/v1/deliveries/retry', { deliveries: wanted.slice(from, from + AT_ONCE) })
        retried += answer.retried
      }
      // Asking for some by id and finding them not dead is worth a look.
      if (retried < wanted.length) process.exitCode = 1
      print(asked.format === 'json' ? JSON.stringify({ retried, asked: wanted.length }) : `${retried} of ${wanted.length} go out again.`)
    })
}

async function allDead(hub: Client): Promise<string[]> {
  const ids: string[] = []
  let cursor: string | null = null
  for (let page = 0; page < MOST_PAGES; page++) {
    const query = new URLSearchParams({ state: 'dead', limit: String(PAGE), ...(cursor === null ? {} : { cursor }) })
    const answer: { items: readonly ShownDelivery[]; next: string | null } = await hub.get(`/v1/deliveries?${query.toString()}`)
    ids.push(...answer.items.map((one) => one.id))
    cursor = answer.next
    if (cursor === null) return ids
  }
  return ids
}

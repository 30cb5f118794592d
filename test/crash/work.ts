import { startPeople, type Properties } from '../bench/lib/people.ts'
import type { SandboxProcess } from '../bench/lib/sandbox.ts'
import { isDeepStrictEqual } from 'node:util'
import type { Difference } from './compare.ts'
import { normal, salesforceSide, SHARED, hubspotSide, type Side } from './sides.ts'

/**
 * Fields by who edits them. What only one side edits must in the end hold its last edit: a lost one would show. `lastName`
 * is edited on both; of that only agreement is asked.
 */
const ONLY_HUBSPOT = ['firstName', 'phone', 'country']
const ONLY_SALESFORCE = ['jobTitle', 'city']
const BOTH = ['lastName']

const FIRST = ['Ada', ' Bruno', 'Chloé', 'Dmitri', 'Håkon ', 'Inês', 'Jun']
const COUNTRIES = ['Germany', 'DE', 'France', 'Norway', 'br', 'United States']

/** People who create and change persons on both sides until they are told to stop. */
export interface Work {
  readonly counts: { created: number; edited: number; failed: number }
  /** E-mail addresses of everybody ever made. */
  readonly emails: ReadonlySet<string>
  stop(): Promise<void>
  /** Edits that neither side shows in the end. */
  lostIn(hubspot: Side, salesforce: Side): Difference[]
}

export async function startWork(hubspot: SandboxProcess, salesforce: SandboxProcess, random: () => number, pauseMs: number): Promise<Work> {
  const people = await startPeople(hubspot, salesforce)
  const counts = { created: 0, edited: 0, failed: 0 }
  const emails = new Set<string>()
  /** e-mail → field → the last value typed. */
  const typed = new Map<string, Map<string, { readonly side: Side['name']; readonly value: string }>>()
  const known: Record<Side['name'], { readonly id: string; readonly email: string }[]> = { hubspot: [], salesforce: [] }
  let isStopped = false
  let serial = 0

  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!

  function value(field: string): string {
    serial += 1
    switch (field) {
      case 'firstName':
        return `${pick(FIRST)} ${serial}`
      case 'phone':
        return `+49 30 ${1_000_000 + serial}`
      case 'country':
        return pick(COUNTRIES)
      default:
        return `${field} ${serial}`
    }
  }

  function remember(side: Side['name'], email: string, values: Readonly<Record<string, string>>): void {
    const of = typed.get(email) ?? new Map<string, { side: Side['name']; value: string }>()
    for (const [field, text] of Object.entries(values)) of.set(field, { side, value: text })
    typed.set(email, of)
  }

  function remoteOf(side: Side['name'], values: Readonly<Record<string, string>>): Properties {
    return Object.fromEntries(
      Object.entries(values).map(([field, text]) => [SHARED.find((one) => one.field === field)![side].remote, text]),
    )
  }

  async function create(side: Side['name']): Promise<void> {
    serial += 1
    const email = `person${serial}.${side}@example.com`
    const values = { ...Object.fromEntries([...ONLY_HUBSPOT, ...ONLY_SALESFORCE, ...BOTH].map((field) => [field, value(field)])), email }
    const remote = remoteOf(side, values)
    const id = side === 'hubspot' ? await people.createInHubspot(remote) : await people.createInSalesforce(remote)
    emails.add(email)
    remember(side, email, values)
    known[side].push({ id, email })
    counts.created += 1
  }

  async function edit(side: Side['name']): Promise<void> {
    const whom = pick(known[side])
    const mine = side === 'hubspot' ? ONLY_HUBSPOT : ONLY_SALESFORCE
    const field = pick([...mine, ...BOTH])
    const values = { [field]: value(field) }
    const remote = remoteOf(side, values)
    await (side === 'hubspot' ? people.updateInHubspot(whom.id, remote) : people.updateInSalesforce(whom.id, remote))
    remember(side, whom.email, values)
    counts.edited += 1
  }

  async function shift(side: Side['name']): Promise<void> {
    while (!isStopped) {
      try {
        await (known[side].length < 5 || random() < 0.2 ? create(side) : edit(side))
      } catch (error) {
        counts.failed += 1
        if (counts.failed > 50) throw error
      }
      await pause(pauseMs * (0.5 + random()))
    }
  }

  /** People find what the hub has brought over, as they would by opening the list. */
  async function discover(): Promise<void> {
    while (!isStopped) {
      for (const side of [await hubspotSide(hubspot), await salesforceSide(salesforce)]) {
        known[side.name] = side.people.filter(({ email }) => emails.has(email)).map(({ id, email }) => ({ id, email }))
      }
      await pause(1_500)
    }
  }

  const shifts = [shift('hubspot'), shift('salesforce'), discover()]
  return {
    counts,
    emails,
    async stop() {
      isStopped = true
      await Promise.all(shifts)
      await people.close()
    },
    lostIn: (left, right) => lost(typed, left, right),
  }
}

function lost(
  typed: ReadonlyMap<string, ReadonlyMap<string, { readonly side: Side['name']; readonly value: string }>>,
  ...sides: readonly Side[]
): Difference[] {
  return sides.flatMap((side) => {
    const byEmail = new Map(side.people.map((held) => [held.email, held]))
    return [...typed].flatMap(([email, fields]) => {
      const held = byEmail.get(email)
      if (!held) return [{ kind: 'lost' as const, what: `${email} was made and is not in ${side.name}` }]
      return [...fields].flatMap(([field, last]) => {
        if (BOTH.includes(field)) return []
        const shared = SHARED.find((one) => one.field === field)!
        const wanted = normal(shared[last.side], { [shared[last.side].remote]: last.value })
        const shown = normal(shared[side.name], held.remote)
        if (isDeepStrictEqual(wanted, shown)) return []
        const what = `${email} ${field}: ${JSON.stringify(last.value)} was typed last, in ${last.side}; ${side.name} ${held.id} shows ${JSON.stringify(shown)}`
        return [{ kind: 'lost' as const, what }]
      })
    })
  })
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

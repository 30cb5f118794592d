import { type Sandbox, seededRandom, serveSandbox } from '@throughline/sdk/sandbox'
import { createAssociations, type Associations } from './associations.ts'
import { createClock, type SandboxClock } from './clock.ts'
import { createGate } from './gate.ts'
import { createHandlers } from './handlers.ts'
import { errorBody } from './refusal.ts'
import { plantSeed, type SeedOrder } from './seed.ts'
import { createStore, stateOf, type Store } from './store.ts'
import { type ObjectType, SETTINGS, type Settings, type Source, type Token } from './types.ts'
import { createWebhooks, type Webhooks, type WebhookSettings } from './webhooks.ts'

export type { SeedOrder } from './seed.ts'
export type { Settings, Source, Token } from './types.ts'
export type { WebhookSettings } from './webhooks.ts'
export { signV3 } from './sign.ts'

export interface SandboxOptions {
  readonly tokens?: readonly Token[]
  readonly clientSecret?: string
  readonly appId?: string
  readonly portalId?: number
  readonly settings?: Partial<Settings>
  readonly webhooks?: Partial<WebhookSettings>
  /** Seed of everything random: faults, webhook faults. */
  readonly seed?: number
}

/** What tests in the same process use besides the wire. */
export interface HubspotSandbox extends Sandbox {
  readonly store: Store
  readonly associations: Associations
  readonly clock: SandboxClock
  /** Live: assigning changes the behaviour. */
  readonly settings: Settings
  readonly webhooks: Webhooks
  /** Who a person in the vendor's own tool is. */
  readonly human: Source
  seed(order: SeedOrder): { people: number; companies: number }
  /** Every object of every type with every property. */
  state(): ReturnType<typeof stateOf>
}

export const APP_ID = '50780459'
export const CLIENT_SECRET = 'hubspot-secret'
export const HUB_TOKEN = 'hub-token'
export const HUMAN_TOKEN = 'human-token'

const human: Source = { changeSource: 'CRM_UI', sourceId: 'userId:4711' }

/**
 * A stand-in for HubSpot that keeps state and speaks its wire protocol on loopback. Admin verbs, by
 * `POST /_sandbox/<verb>`: `seed`, `state`, `reset`, `clock`, `settings`, `webhooks`, `restore`; README.md says what each takes.
 */
export async function serveHubspot(port: number, options: SandboxOptions = {}): Promise<HubspotSandbox> {
  const { appId = APP_ID, clientSecret = CLIENT_SECRET, portalId = 247_187_887, seed = 1 } = options
  const tokens = options.tokens ?? [
    { token: HUB_TOKEN, changeSource: 'INTEGRATION', sourceId: appId },
    { token: HUMAN_TOKEN, ...human },
  ]
  const clock = createClock()
  const settings: Settings = { ...SETTINGS, ...options.settings }
  const webhooks = createWebhooks(clock, seededRandom(seed + 1), { clientSecret, appId, portalId }, options.webhooks ?? {})
  const store = createStore(clock, settings, webhooks.tell)
  const associations = createAssociations(store, clock, webhooks.tell)
  const gate = createGate(clock, settings, tokens)
  const plant = (order: SeedOrder) => plantSeed(store, clock, settings, order, human, webhooks.tell)
  const reset = () => {
    store.clear()
    associations.clear()
    webhooks.clear()
    gate.reset()
    Object.assign(settings, SETTINGS, options.settings)
  }

  const sandbox = await serveSandbox(
    {
      name: 'HubSpot',
      handlers: createHandlers({ store, associations, gate, clock, settings, portalId }),
      errorBody,
      isWrite,
      admin: {
        seed: (input) => plant((input ?? {}) as SeedOrder),
        state: () => stateOf(store),
        reset,
        clock: (input) => {
          clock.set((input ?? {}) as Parameters<SandboxClock['set']>[0])
          return { now: clock.now() }
        },
        settings: (input) => Object.assign(settings, input),
        webhooks: (input) => webhooks.settings((input ?? {}) as Partial<WebhookSettings>),
        restore: (input) => {
          const { type, id } = input as { type: ObjectType; id: string }
          return store.restore(type, id, human)
        },
      },
      seed,
    },
    port,
  )
  return Object.assign(sandbox, {
    store,
    associations,
    clock,
    settings,
    webhooks,
    human,
    seed: plant,
    state: () => stateOf(store),
    close: stopping(sandbox, webhooks),
  })
}

function stopping(sandbox: Sandbox, webhooks: Webhooks): () => Promise<void> {
  const close = sandbox.close
  return () => {
    webhooks.stop()
    return close()
  }
}

function isWrite(call: string): boolean {
  const [method, path = ''] = call.split(' ')
  if (method === 'PATCH' || method === 'DELETE') return true
  return method === 'POST' && !/\/(search|batch\/read)$/.test(path)
}

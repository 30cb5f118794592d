import { type Sandbox, seededRandom, serveSandbox } from '@throughline/sdk/sandbox'
import { createClock, type SandboxClock } from './clock.ts'
import { createGate } from './gate.ts'
import { createHandlers } from './handlers.ts'
import { errorBody } from './refusal.ts'
import { seedRows } from './seed.ts'
import { showComment, showIssue, showLabel, showUser } from './show.ts'
import { showRepository } from './show-repository.ts'
import { createStore, type Planted, type Store } from './store.ts'
import { type Comment, type Happening, type Issue, SETTINGS, type Settings, type Token, type User } from './types.ts'
import { createWebhooks, type Webhooks, type WebhookSettings } from './webhooks.ts'

export { answerProblem, bodyProblem, callOf } from './published.ts'
export type { Planted } from './store.ts'
export type { Issue, Settings, Token, User } from './types.ts'
export type { WebhookSettings } from './webhooks.ts'

export interface SandboxOptions {
  readonly repository?: string
  readonly tokens?: readonly Token[]
  readonly webhookSecret?: string
  readonly settings?: Partial<Settings>
  readonly webhooks?: Partial<WebhookSettings>
  /** Seed of everything random: faults, webhook faults. */
  readonly seed?: number
}

/** What tests in the same process use besides the wire. */
export interface GithubSandbox extends Sandbox {
  readonly store: Store
  readonly clock: SandboxClock
  /** Live: assigning changes the behaviour. */
  readonly settings: Settings
  readonly webhooks: Webhooks
  readonly repository: string
  plant(rows: readonly Planted[], at?: number): Issue[]
  /** Every live issue, as the vendor holds it. */
  state(): readonly Issue[]
}

export const REPOSITORY = 'acme/support'
export const HUB_TOKEN = 'hub-token'
export const HUMAN_TOKEN = 'human-token'
/** A person who may read and comment, without push access. */
export const READER_TOKEN = 'reader-token'
export const WEBHOOK_SECRET = 'github-secret'
export const HOOK_ID = 4_242

export const hubUser: User = { id: 41_898_282, login: 'throughline[bot]', type: 'Bot' }
export const humanUser: User = { id: 1_001, login: 'ana', type: 'User' }
const readerUser: User = { id: 1_002, login: 'ben', type: 'User' }
const REPOSITORY_ID = 700_700_700

/**
 * A stand-in for one GitHub repository that keeps state and speaks the REST protocol on loopback. Admin verbs, by
 * `POST /_sandbox/<verb>`: `plant`, `seed`, `remove`, `transfer`, `state`, `reset`, `clock`, `settings`, `webhooks`.
 */
export async function serveGithub(port: number, options: SandboxOptions = {}): Promise<GithubSandbox> {
  const { repository = REPOSITORY, webhookSecret = WEBHOOK_SECRET, seed = 1 } = options
  const tokens = options.tokens ?? [
    { token: HUB_TOKEN, user: hubUser, push: true },
    { token: HUMAN_TOKEN, user: humanUser, push: true },
    { token: READER_TOKEN, user: readerUser, push: false },
  ]
  const clock = createClock()
  const settings: Settings = { ...SETTINGS, ...options.settings }
  const place = { api: 'https://api.github.test', repository, repositoryId: REPOSITORY_ID }
  const payload = (happening: Happening): unknown => payloadOf(happening)
  const webhooks = createWebhooks(
    clock,
    seededRandom(seed + 1),
    { secret: webhookSecret, hookId: HOOK_ID, payload },
    options.webhooks ?? {},
  )
  const store = createStore(clock, webhooks.tell)
  const gate = createGate(clock, settings, tokens)
  const plant = (rows: readonly Planted[], at = clock.now()): Issue[] => store.plant(rows, humanUser, at)
  const reset = (): void => {
    store.clear()
    webhooks.clear()
    gate.reset()
    Object.assign(settings, SETTINGS, options.settings)
  }

  function payloadOf({ event, action, issue, sender, more }: Happening): unknown {
    const { label, comment, ...rest } = more ?? {}
    const open = [...store.issues.values()].filter(({ state }) => state === 'open').length
    return {
      action,
      issue: showIssue(
        place,
        issue,
        store.milestones.find((one) => one.number === issue.milestone),
      ),
      ...rest,
      ...(event === 'issue_comment' && { comment: showComment(place, comment as Comment) }),
      ...(typeof label === 'string' && { label: showLabel(place, label) }),
      repository: showRepository(place, settings, open, null),
      sender: showUser(place, sender),
    }
  }

  const sandbox = await serveSandbox(
    {
      name: 'GitHub',
      handlers: createHandlers({ store, gate, clock, settings, webhooks, repository, repositoryId: REPOSITORY_ID, hookId: HOOK_ID }),
      errorBody,
      isWrite: (call) => /^(POST|PATCH|PUT|DELETE) /.test(call) && !/\/hooks(\/|$)/.test(call),
      admin: {
        plant: (input) => {
          const { rows, at } = input as { rows: readonly Planted[]; at?: number }
          return plant(rows, at).map(({ number }) => number)
        },
        seed: (input) => {
          const { issues = 0, seed: from = 1 } = (input ?? {}) as { issues?: number; seed?: number }
          for (const { row, at } of seedRows(issues, from, clock.now())) plant([row], at)
          return { issues: store.issues.size }
        },
        remove: (input) => store.remove((input as { number: number }).number, humanUser),
        transfer: (input) => {
          const { number, to } = input as { number: number; to: string }
          store.transfer(number, to, humanUser)
        },
        state: () => [...store.issues.values()],
        reset,
        clock: (input) => {
          clock.set((input ?? {}) as Parameters<SandboxClock['set']>[0])
          return { now: clock.now() }
        },
        settings: (input) => Object.assign(settings, input),
        webhooks: (input) => webhooks.settings((input ?? {}) as Partial<WebhookSettings>),
      },
      seed,
    },
    port,
  )
  const { close } = sandbox
  return Object.assign(sandbox, {
    store,
    clock,
    settings,
    webhooks,
    repository,
    plant,
    state: () => [...store.issues.values()],
    close: () => {
      webhooks.stop()
      return close()
    },
  })
}

import type { SandboxClock } from './clock.ts'
import { Refusal } from './refusal.ts'
import { isoTime, type Place } from './show.ts'

/** One webhook of the repository. */
export interface Hook {
  readonly id: number
  readonly url: string
  readonly secret: string
  readonly contentType: string
  readonly events: readonly string[]
  readonly active: boolean
  readonly createdAt: number
  /** The answer to the last delivery: 0 if none came, `null` before the first. */
  code: number | null
  message: string | null
}

/** What a caller may say of a webhook; the shape has been checked against the published description. */
export interface HookInput {
  readonly name?: string
  readonly active?: boolean
  readonly events?: readonly string[]
  readonly config?: { readonly url?: string; readonly content_type?: string; readonly secret?: string }
}

export interface Hooks {
  all(): readonly Hook[]
  /** Throws the vendor's 422. */
  create(input: HookInput): Hook
  clear(): void
}

const FIRST_ID = 5_001

/** `planted` is the webhook that the sandbox was started with, while it has an address. */
export function createHooks(clock: SandboxClock, planted: () => Hook | null): Hooks {
  let made: Hook[] = []
  let nextId = FIRST_ID
  const all = (): readonly Hook[] => {
    const first = planted()
    return first ? [first, ...made] : made
  }
  return {
    all,
    create({ name = 'web', active = true, events = ['push'], config = {} }) {
      const { url, content_type: contentType = 'form', secret = '' } = config
      if (name !== 'web') throw refused('name', 'invalid')
      if (url === undefined || !/^https?:/.test(url)) throw refused('url', 'missing_field')
      const overlaps = (hook: Hook): boolean => hook.url === url && hook.events.some((event) => events.includes(event))
      if (all().some(overlaps)) throw refused(undefined, 'custom', 'Hook already exists on this repository')
      const hook: Hook = { id: nextId, url, secret, contentType, events, active, createdAt: clock.now(), code: null, message: null }
      nextId += 1
      made = [...made, hook]
      return hook
    },
    clear() {
      made = []
    },
  }
}

/** As the vendor shows it: the secret as stars. */
export function showHook({ api, repository }: Place, hook: Hook): Record<string, unknown> {
  const url = `${api}/repos/${repository}/hooks/${hook.id}`
  const status = hook.code === null ? 'unused' : hook.code >= 200 && hook.code < 300 ? 'active' : 'misconfigured'
  return {
    type: 'Repository',
    id: hook.id,
    name: 'web',
    active: hook.active,
    events: hook.events,
    config: { content_type: hook.contentType, insecure_ssl: '0', url: hook.url, ...(hook.secret !== '' && { secret: '********' }) },
    updated_at: isoTime(hook.createdAt),
    created_at: isoTime(hook.createdAt),
    url,
    test_url: `${url}/test`,
    ping_url: `${url}/pings`,
    deliveries_url: `${url}/deliveries`,
    last_response: { code: hook.code, status, message: hook.message },
  }
}

function refused(field: string | undefined, code: string, message?: string): Refusal {
  const error = { resource: 'Hook', code, ...(field !== undefined && { field }), ...(message !== undefined && { message }) }
  return new Refusal(422, 'Validation Failed', { errors: [error] })
}

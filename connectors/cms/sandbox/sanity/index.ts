import { type Sandbox, seededRandom, serveSandbox } from '@throughline/sdk/sandbox'
import { bearer, routes } from '../answer.ts'
import { seedArticles, type SeedOrder } from '../seed.ts'
import { createSender, type Sender, type WebhookSettings } from '../sender.ts'
import { errorBody, mutationError, refuse } from './errors.ts'
import { parse } from './groq.ts'
import { sanityWebhook } from './hook.ts'
import { createStore, type Store } from './store.ts'

export { sanityEvent, sanitySignature } from './hook.ts'

export const SANITY_TOKEN = 'sanity-token'
export const SANITY_PROJECT = 'project1'
export const SANITY_WEBHOOK_SECRET = 'sanity-webhook-secret'

export interface SanitySandbox extends Sandbox {
  readonly store: Store
  readonly webhooks: Sender
}

interface Edit {
  readonly id: string
  readonly fields: Record<string, unknown>
}

const isDraft = (id: string): boolean => /^(?:drafts|versions)\./.test(id)

/** A stand-in for one dataset of Sanity's Content Lake, on loopback. Port 0 takes a free one. */
export async function serveSanity(
  port: number,
  options: { readonly seed?: number; readonly webhooks?: Partial<WebhookSettings> } = {},
): Promise<SanitySandbox> {
  const seed = options.seed ?? 1
  const webhooks = createSender(seededRandom(seed + 1), { timeoutMs: 30_000, concurrency: 1 }, options.webhooks)
  const store = createStore(seededRandom(seed), (operation, doc, transaction, now) => {
    if (!isDraft(doc._id)) webhooks.tell(sanityWebhook(SANITY_WEBHOOK_SECRET, operation, doc, transaction, now))
  })
  const route = routes(
    (request) => {
      if (bearer(request) !== SANITY_TOKEN || request.headers.get('x-sanity-project-id') !== SANITY_PROJECT) throw refuse(401)
    },
    () => refuse(400),
  )
  const known = (dataset: string): void => {
    if (dataset !== 'production') throw refuse(404)
  }

  const handlers = [
    route('post', '*/v2025-02-19/data/query/:dataset', async ({ part, url, json }) => {
      known(part('dataset'))
      const { query = '', params = {} } = (await json()) as { query?: string; params?: Record<string, unknown> }
      const { keeps, compare, from, to } = parse(query, params)
      const isSeen = url.searchParams.get('perspective') === 'raw' ? () => true : (id: string) => !isDraft(id)
      const found = [...store.all().values()].filter((doc) => isSeen(doc._id) && keeps(doc)).toSorted(compare)
      return { body: { query, result: found.slice(from, to), ms: 2 } }
    }),
    route('post', '*/v2025-02-19/data/mutate/:dataset', async ({ part, url, json }) => {
      known(part('dataset'))
      const { mutations, transactionId = store.newId() } = (await json()) as { mutations?: unknown; transactionId?: string }
      if (!Array.isArray(mutations)) throw mutationError('invalidMutationError', '', 0)
      const isShown = url.searchParams.get('returnDocuments') === 'true'
      const results = store.transact(mutations, Date.now(), transactionId)
      return { body: { transactionId, results: results.map(({ document, ...rest }) => (isShown ? { ...rest, document } : rest)) } }
    }),
  ]

  const one = (id: string): Record<string, unknown> => store.all().get(id) ?? {}
  /** As the studio does it: `fields` into the draft of an article, which is made from what is published. */
  const draft = ({ id, fields }: Edit): object =>
    store.transact(
      [{ createOrReplace: { ...one(id), ...one(`drafts.${id}`), ...fields, _id: `drafts.${id}`, _type: 'article' } }],
      Date.now(),
    )
  const sandbox = await serveSandbox(
    {
      name: 'Sanity',
      handlers,
      errorBody,
      isWrite: (call) => /^POST .*\/data\/mutate\//.test(call),
      admin: {
        /** Published articles: `{rows, at}`; answers ids. */
        plant(input) {
          const { rows, at = Date.now() } = input as { rows: Record<string, unknown>[]; at?: number }
          return rows.map((row) => store.transact([{ create: { _type: 'article', ...row } }], at)[0]?.id)
        },
        draft: (input) => draft(input as Edit),
        publish(input) {
          const { id } = input as { id: string }
          return store.transact([{ createOrReplace: { ...one(`drafts.${id}`), _id: id } }, { delete: { id: `drafts.${id}` } }], Date.now())
        },
        /** Back to a draft: readers see it go. */
        unpublish(input) {
          const { id } = input as { id: string }
          return store.transact([{ createIfNotExists: { ...one(id), _id: `drafts.${id}` } }, { delete: { id } }], Date.now())
        },
        edit(input) {
          const { id, fields } = input as Edit
          return store.transact([{ patch: { id, set: fields } }], Date.now())
        },
        remove: (input) => store.transact([{ delete: { id: (input as { id: string }).id } }], Date.now()),
        seed: (input) =>
          seedArticles((input ?? {}) as SeedOrder).map(({ slug, ...article }) => {
            const publishedAt = new Date().toISOString()
            return store.transact(
              [{ create: { _type: 'article', ...article, slug: { _type: 'slug', current: slug }, publishedAt } }],
              Date.now(),
            )[0]?.id
          }),
        state: () => Object.fromEntries(store.all()),
        reset: () => {
          store.clear()
          webhooks.clear()
        },
        webhooks: (input) => webhooks.settings((input ?? {}) as Partial<WebhookSettings>),
      },
      seed,
    },
    port,
  )
  const { close } = sandbox
  return Object.assign(sandbox, {
    store,
    webhooks,
    close: () => {
      webhooks.stop()
      return close()
    },
  })
}

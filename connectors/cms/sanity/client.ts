import { type ConnectorIo, type RawRecord, VendorError } from '@throughline/sdk'
import { demand, type Voice, vendorNow } from '../shared/classify.ts'
import { type Answer, send } from '../shared/http.ts'
import { asArray, asObject, asText } from '../shared/json.ts'
import type { SanityConfig } from './config.ts'
import { createRecordOf, type RecordOf } from './record.ts'

/** Sanity's `{error: {type, description, items: [{error: {type}}]}}` or `{statusCode, error, message}`; types quote no values. */
export const voice: Voice = {
  name: 'Sanity',
  explain(body) {
    const { error } = asObject(body)
    return [asText(error), asText(asObject(error).type), ...problemsOf(body)].filter((part) => part !== null).join(' ')
  },
}

/** The types of what went wrong with each mutation. */
export function problemsOf(body: unknown): readonly string[] {
  const { items } = asObject(asObject(body).error)
  return asArray(items).flatMap((item) => asText(asObject(asObject(item).error).type) ?? [])
}

export const PAGE = 100

/** The dated version of Sanity's API whose behaviour is meant. */
const VERSION = 'v2025-02-19'

export interface Question {
  /** GROQ conditions; all must hold. The type of the document is always among them. */
  readonly where: readonly string[]
  readonly order: string
  readonly params: Readonly<Record<string, unknown>>
}

export interface Documents {
  readonly records: readonly RawRecord[]
  readonly full: boolean
  readonly vendorTime: number
}

export interface SanityClient {
  readonly recordOf: RecordOf
  readonly type: string
  /** Never throws; `classify` reads the answer. */
  ask(question: Question, most: number, signal: AbortSignal): Promise<Answer>
  /** One transaction. Never throws. Answered once queries see it. */
  mutate(mutations: readonly object[], signal: AbortSignal): Promise<Answer>
  /** One page of published documents. Throws a `VendorError`. */
  documents(question: Question, signal: AbortSignal): Promise<Documents>
  now(): number
}

export function createClient(config: SanityConfig, io: Pick<ConnectorIo, 'fetch' | 'now' | 'fields'>): SanityClient {
  const { projectId, dataset = 'production', type = 'article' } = config
  const url = (config.url ?? `https://${projectId}.api.sanity.io`).replace(/\/+$/, '')
  const headers = { authorization: `Bearer ${config.token}`, 'x-sanity-project-id': projectId }
  const recordOf = createRecordOf(config, io.fields.articles ?? [])
  const post = (path: string, body: object, signal: AbortSignal): Promise<Answer> =>
    send(io.fetch, { method: 'POST', url: new URL(`${url}/${VERSION}/data/${path}`), headers, body }, signal)

  const ask: SanityClient['ask'] = ({ where, order, params }, most, signal) => {
    const query = `*[${['_type == $type', ...where].join(' && ')}] | order(${order})[0...${most}]`
    return post(`query/${dataset}?perspective=published`, { query, params: { type, ...params } }, signal)
  }
  return {
    recordOf,
    type,
    ask,
    mutate: (mutations, signal) => post(`mutate/${dataset}?returnIds=true&returnDocuments=true&visibility=sync`, { mutations }, signal),
    now: () => io.now(),
    async documents(question, signal) {
      const answer = await ask(question, PAGE, signal)
      const { result } = demand(voice, answer, io.now())
      if (!Array.isArray(result)) throw new VendorError('unauthorised', 'Sanity answered, but not with a list of documents')
      const records = result.map(recordOf).map((record) => {
        if (record === null) throw new VendorError('retry', 'Sanity lists something that is no published document of the type')
        return record
      })
      return { records, full: result.length >= PAGE, vendorTime: vendorNow(answer, io.now()) }
    },
  }
}

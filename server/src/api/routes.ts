import { DELIVERY_STATES } from '@throughline/core'

/** One operation of the public surface, as the API's description and its page show it. */
export interface Described {
  readonly method: 'get' | 'post'
  /** With parameters in braces. */
  readonly path: string
  readonly summary: string
  readonly query?: Readonly<Record<string, { readonly description: string; readonly enum?: readonly string[]; readonly integer?: true }>>
  /** JSON Schema of the request's body. */
  readonly body?: object
  readonly answers: Readonly<Record<number, string>>
  readonly open?: true
}

const PAGE = {
  limit: { description: 'Items of a page, 1 to 200; 50 if absent.', integer: true },
  cursor: { description: 'The "next" of the page before, with the same filters.' },
} as const

const LIST = {
  200: 'One page, newest first: { items, next }. `next` is null at the end.',
  400: 'A parameter is unknown or wrong.',
} as const
const ONE = { 200: 'It.', 404: 'There is none with this id.' } as const
const REASON = {
  type: 'object',
  required: ['reason'],
  additionalProperties: false,
  properties: { reason: { type: 'string', maxLength: 500 } },
}
const RETRY = {
  type: 'object',
  required: ['deliveries'],
  additionalProperties: false,
  properties: { deliveries: { type: 'array', maxItems: 1_000, items: { type: 'string' } } },
}

export const DESCRIBED: readonly Described[] = [
  {
    method: 'post',
    path: '/hooks/{connection}',
    summary: 'Takes a vendor’s webhook. The vendor’s signature over the raw bytes is checked; 200 means that it is durable.',
    open: true,
    answers: {
      200: 'Stored, or known already.',
      400: 'Not what the vendor sends.',
      401: 'Unsigned, wrongly signed, or outside the replay window.',
      404: 'No such connection, or it takes no webhooks.',
      413: 'Too large.',
      415: 'Compressed.',
      503: 'Not stored; send it again after Retry-After.',
    },
  },
  {
    method: 'get',
    path: '/v1/records',
    summary: 'Canonical records.',
    query: {
      entity: { description: 'Name of the entity, for instance person.' },
      identity: { description: 'A normalised identity value, for instance an e-mail address in lower case.' },
      connection: { description: 'Records linked to this connection.' },
      externalId: { description: 'Records linked to this external id.' },
      ...PAGE,
    },
    answers: LIST,
  },
  {
    method: 'get',
    path: '/v1/records/{id}',
    summary: 'A record: each field with where it came from, its links with what was agreed, its history.',
    answers: ONE,
  },
  {
    method: 'get',
    path: '/v1/events',
    summary: 'The log.',
    query: {
      source: { description: 'Name of the connection.' },
      type: { description: 'For instance snapshot or signal.changed.' },
      effect: { description: 'What became of it.', enum: ['applied', 'ignored', 'parked'] },
      ...PAGE,
    },
    answers: LIST,
  },
  {
    method: 'get',
    path: '/v1/events/{id}',
    summary: 'An event by id or seq: what arrived, what became of it, the record, the deliveries it caused.',
    answers: ONE,
  },
  {
    method: 'get',
    path: '/v1/deliveries',
    summary: 'The outbox.',
    query: { state: { description: 'State.', enum: DELIVERY_STATES }, connection: { description: 'Name of the connection.' }, ...PAGE },
    answers: LIST,
  },
  {
    method: 'get',
    path: '/v1/deliveries/{id}',
    summary: 'A delivery with its frozen payload and, where it did not go well, the exact request and answer.',
    answers: ONE,
  },
  {
    method: 'post',
    path: '/v1/deliveries/retry',
    summary: 'Puts dead deliveries back. They send the newest values.',
    body: RETRY,
    answers: { 200: '{ retried }: how many of them were dead.', 422: 'The body is wrong.' },
  },
  {
    method: 'get',
    path: '/v1/connections',
    summary: 'Every connection: pause, breaker, queue, streams.',
    answers: { 200: '{ items, next }' },
  },
  { method: 'get', path: '/v1/connections/{name}', summary: 'One connection.', answers: ONE },
  {
    method: 'post',
    path: '/v1/connections/{name}/pause',
    summary: 'Parks deliveries, reads and polls. Webhooks are still taken in.',
    body: REASON,
    answers: { 200: 'The connection.', 404: 'There is none of this name.', 422: 'The reason is missing.' },
  },
  {
    method: 'post',
    path: '/v1/connections/{name}/resume',
    summary: 'Goes on.',
    answers: { 200: 'The connection.', 404: 'There is none of this name.' },
  },
  {
    method: 'post',
    path: '/v1/connections/{name}/poll',
    summary: 'Polls every stream soon, this connection’s and the others’.',
    answers: { 202: 'The connection.', 404: 'There is none of this name.' },
  },
  {
    method: 'post',
    path: '/v1/connections/{name}/check',
    summary: 'Makes one cheap authenticated call to the vendor.',
    answers: { 200: '{ ok: true, account } or { ok: false, why, remedy }', 404: 'There is none of this name.' },
  },
  {
    method: 'get',
    path: '/v1/exceptions',
    summary: 'What needs a person.',
    query: {
      state: { description: 'State, for instance open.' },
      class: { description: 'For instance delivery failed.' },
      connection: { description: 'Name of the connection.' },
      ...PAGE,
    },
    answers: LIST,
  },
  {
    method: 'get',
    path: '/v1/audit',
    summary: 'Who did what, and why.',
    query: { action: { description: 'For instance connection.paused.' }, subject: { description: 'What it was done to.' }, ...PAGE },
    answers: LIST,
  },
  { method: 'get', path: '/healthz', summary: 'Whether the process lives.', open: true, answers: { 200: 'It does.' } },
  {
    method: 'get',
    path: '/readyz',
    summary: 'Whether the database can be read and the stages run.',
    open: true,
    answers: { 200: 'They do.', 503: 'One of them does not.' },
  },
  { method: 'get', path: '/metrics', summary: 'Figures for Prometheus.', answers: { 200: 'Text, version 0.0.4.' } },
]

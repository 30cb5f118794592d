import { createHash } from 'node:crypto'
import { http, type RequestHandler } from 'msw'
import type { SandboxClock } from './clock.ts'
import type { Gate } from './gate.ts'
import { type Hook, type HookInput, showHook } from './hooks.ts'
import { chosen, pageOf } from './pages.ts'
import { bodyProblem, callOf, queryProblem } from './published.ts'
import { moved, notFound, Refusal } from './refusal.ts'
import { type Place, showComment, showIssue, showLabel, showMilestone, showUser } from './show.ts'
import { showRepository } from './show-repository.ts'
import type { IssueInput, Store } from './store.ts'
import type { Settings, Token } from './types.ts'
import { showAttempt, type Webhooks } from './webhooks.ts'

export interface Parts {
  readonly store: Store
  readonly gate: Gate
  readonly clock: SandboxClock
  readonly settings: Settings
  readonly webhooks: Webhooks
  readonly repository: string
  readonly repositoryId: number
  readonly hookId: number
}

/** One understood call. */
interface Call {
  readonly token: Token
  readonly url: URL
  readonly place: Place
  readonly params: Readonly<Record<string, string>>
  readonly body: Readonly<Record<string, unknown>>
}

interface Result {
  readonly status: number
  readonly body: unknown
  readonly link?: string | null
}

const REPO = '*/repos/:owner/:repo'
const ISSUE = `${REPO}/issues/:number`

/** The vendor's routes, the busy ones first: handlers are tried in turn. */
export function createHandlers(parts: Parts): RequestHandler[] {
  const { store, settings, webhooks } = parts
  const on = route(parts)
  const issue = (place: Place, number: number): unknown => {
    const found = store.need(number)
    return showIssue(
      place,
      found,
      store.milestones.find((one) => one.number === found.milestone),
    )
  }
  const listed = ({ url, place }: Call): Result => {
    const { items, link } = pageOf(chosen(store.issues.values(), url.searchParams), publicUrl(url, place))
    return { status: 200, body: items.map(({ number }) => issue(place, number)), link }
  }
  const labels = (place: Place, number: number): Result => ({
    status: 200,
    body: store.need(number).labels.map((name) => showLabel(place, name)),
  })
  const needHook = (id: number): Hook => {
    const hook = webhooks.hooks.all().find((one) => one.id === id)
    if (!hook) throw notFound()
    return hook
  }
  const ping = ({ place, token }: Call, hook: Hook): void => {
    const repository = showRepository(place, settings, store.issues.size, null)
    const sender = showUser(place, token.user)
    webhooks.ping(hook, { zen: 'Design for failure.', hook_id: hook.id, hook: showHook(place, hook), repository, sender })
  }
  return [
    on('get', `${REPO}/issues`, {}, listed),
    on('get', '*/repositories/:repositoryId/issues', {}, listed),
    on('get', ISSUE, {}, ({ place, params }) => ({ status: 200, body: issue(place, Number(params.number)) })),
    on('patch', ISSUE, { permission: 'issues=write' }, ({ place, params, body, token }) => ({
      status: 200,
      body: issue(place, store.update(Number(params.number), body as IssueInput, token).number),
    })),
    on('post', `${REPO}/issues`, { permission: 'issues=write', content: true }, ({ place, body, token }) => ({
      status: 201,
      body: issue(place, store.create(body as IssueInput, token).number),
    })),
    on('get', `${ISSUE}/labels`, {}, ({ place, params }) => labels(place, Number(params.number))),
    on('post', `${ISSUE}/labels`, { permission: 'issues=write' }, ({ place, params, body, token }) => {
      const names = Array.isArray(body.labels)
        ? body.labels.map((label: unknown) => (typeof label === 'string' ? label : String((label as { name?: unknown }).name)))
        : []
      store.addLabels(Number(params.number), names, token)
      return labels(place, Number(params.number))
    }),
    on('delete', `${ISSUE}/labels/:name`, { permission: 'issues=write' }, ({ place, params, token }) => {
      store.removeLabel(Number(params.number), params.name ?? '', token)
      return labels(place, Number(params.number))
    }),
    on('get', `${ISSUE}/comments`, {}, ({ place, params, url }) => {
      const { number } = store.need(Number(params.number))
      const { items, link } = pageOf(
        store.comments.filter((comment) => comment.issue === number),
        url,
      )
      return { status: 200, body: items.map((comment) => showComment(place, comment)), link }
    }),
    on('post', `${ISSUE}/comments`, { permission: 'issues=write', content: true }, ({ place, params, body, token }) => ({
      status: 201,
      body: showComment(place, store.comment(Number(params.number), String(body.body), token)),
    })),
    on('get', `${REPO}/milestones`, {}, ({ place }) => ({
      status: 200,
      body: store.milestones.map((one) => showMilestone(place, one, [...store.issues.values()])),
    })),
    on('post', `${REPO}/milestones`, { permission: 'issues=write' }, ({ place, body, token }) => ({
      status: 201,
      body: showMilestone(place, store.milestone(String(body.title), token), []),
    })),
    on('get', `${REPO}/hooks/:hook/deliveries`, { permission: 'repository_hooks=read' }, ({ params, url }) => {
      const id = Number(params.hook)
      if (id !== parts.hookId) needHook(id)
      const { items, link } = pageOf(
        webhooks.attempts().filter(({ hook }) => hook === id),
        url,
      )
      return { status: 200, body: items.map((attempt) => showAttempt(attempt, parts.repositoryId)), link }
    }),
    on('post', `${REPO}/hooks/:hook/deliveries/:delivery/attempts`, { permission: 'repository_hooks=write' }, ({ params }) => {
      if (!webhooks.redeliver(Number(params.hook), Number(params.delivery))) throw notFound()
      return { status: 202, body: {} }
    }),
    on('get', `${REPO}/hooks`, { permission: 'repository_hooks=read' }, ({ place, url }) => {
      const { items, link } = pageOf(webhooks.hooks.all(), url)
      return { status: 200, body: items.map((hook) => showHook(place, hook)), link }
    }),
    on('post', `${REPO}/hooks`, { permission: 'repository_hooks=write' }, (call) => {
      const hook = webhooks.hooks.create(call.body as HookInput)
      ping(call, hook)
      return { status: 201, body: showHook(call.place, hook) }
    }),
    on('post', `${REPO}/hooks/:hook/pings`, { permission: 'repository_hooks=write' }, (call) => {
      ping(call, needHook(Number(call.params.hook)))
      return { status: 204, body: null }
    }),
    on('get', REPO, {}, ({ place, token }) => {
      const open = [...store.issues.values()].filter(({ state }) => state === 'open').length
      return { status: 200, body: showRepository(place, settings, open, token.push) }
    }),
  ]
}

function route(parts: Parts) {
  return (
    method: 'get' | 'post' | 'patch' | 'delete',
    path: string,
    { permission = null, content = false }: { readonly permission?: string | null; readonly content?: boolean },
    run: (call: Call) => Result,
  ) =>
    http[method](path, async ({ request, params: given }) => {
      let token: Token | null = null
      try {
        if (!request.headers.get('user-agent'))
          throw new Refusal(403, 'Request forbidden by administrative rules. Please make sure your request has a User-Agent header')
        token = parts.gate.pass(request, { permission, content })
        if (!parts.settings.hookAdmin && permission?.startsWith('repository_hooks')) throw notFound()
        const url = new URL(request.url)
        const params = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]))
        const place = { api: url.origin, repository: parts.repository, repositoryId: parts.repositoryId }
        known(parts, params, url)
        const body = await bodyOf(request, callOf(request.method, url.pathname))
        const problem = queryProblem(callOf(request.method, url.pathname) ?? '', url.searchParams)
        if (problem !== null)
          throw new Refusal(422, 'Validation Failed', { errors: [{ resource: 'Issue', code: 'invalid', field: problem }] })
        const result = run({ token, url, place, params, body })
        return reply(parts, request, token, result)
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        return json(parts, error.status, error.body, { ...parts.gate.headers(token), ...error.headers })
      }
    })
}

/** Whether the address is that of the one repository; throws 404, 301 or, without issues, 410. */
function known(parts: Parts, params: Readonly<Record<string, string>>, url: URL): void {
  const { repository, repositoryId, settings } = parts
  if (params.repositoryId !== undefined) {
    if (Number(params.repositoryId) !== repositoryId) throw notFound()
  } else if (`${params.owner}/${params.repo}`.toLowerCase() !== repository.toLowerCase()) throw notFound()
  else if (settings.movedTo !== null) {
    const rest = url.pathname.split('/').slice(4).join('/')
    throw moved(`${url.origin}/repositories/${repositoryId}${rest === '' ? '' : `/${rest}`}`)
  }
  if (!settings.hasIssues && /\/issues/.test(url.pathname)) throw new Refusal(410, 'Issues has been disabled in this repository.')
}

async function bodyOf(request: Request, call: string | undefined): Promise<Readonly<Record<string, unknown>>> {
  if (request.method === 'GET' || request.method === 'DELETE') return {}
  const text = await request.text()
  let body: unknown = {}
  if (text !== '') {
    try {
      body = JSON.parse(text)
    } catch {
      throw new Refusal(400, 'Problems parsing JSON')
    }
  }
  const problem = call === undefined ? null : bodyProblem(call, body)
  if (problem !== null) throw new Refusal(422, `Invalid request.\n\n${problem}`)
  return body as Readonly<Record<string, unknown>>
}

/** Links name the repository by its id, as GitHub's do. */
function publicUrl(url: URL, { repositoryId }: Place): URL {
  const link = new URL(url)
  link.pathname = link.pathname.replace(/\/repos\/[^/]+\/[^/]+\//, `/repositories/${repositoryId}/`)
  return link
}

function reply(parts: Parts, request: Request, token: Token, { status, body, link }: Result): Response {
  const etag = `W/"${createHash('sha256').update(JSON.stringify(body)).digest('hex')}"`
  const isKnown = request.method === 'GET' && status === 200 && request.headers.get('if-none-match') === etag
  if (isKnown) parts.gate.refund(token)
  const headers = {
    ...parts.gate.headers(token),
    ...(request.method === 'GET' && { etag, 'cache-control': 'private, max-age=60, s-maxage=60' }),
    ...(typeof link === 'string' && { link }),
  }
  if (isKnown) return new Response(null, { status: 304, headers: { ...headers, date: dateOf(parts) } })
  return json(parts, status, body, headers)
}

function json(parts: Parts, status: number, body: unknown, headers: Readonly<Record<string, string>>): Response {
  return new Response(status === 204 ? null : JSON.stringify(body), {
    status,
    headers: {
      ...headers,
      date: dateOf(parts),
      ...(status !== 204 && { 'content-type': 'application/json; charset=utf-8' }),
      'x-github-media-type': 'github.v3; format=json',
    },
  })
}

/** The vendor's clock, which tests may shift. */
function dateOf({ clock }: Parts): string {
  return new Date(clock.now()).toUTCString()
}

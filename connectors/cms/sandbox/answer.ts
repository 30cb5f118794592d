import { http, HttpResponse, type RequestHandler } from 'msw'

/** A refusal in the vendor's own shape. */
export class Refusal extends Error {
  readonly status: number
  readonly body: unknown

  constructor(status: number, body: unknown) {
    super(`refused with ${status}`)
    this.status = status
    this.body = body
  }
}

export interface Route {
  readonly request: Request
  readonly url: URL
  readonly part: (name: string) => string
  json(): Promise<Record<string, unknown>>
}

export interface Reply {
  readonly status?: number
  /** No body at all if absent. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'

/** Handlers of one vendor: `guard` runs first and may refuse; `malformed` is the vendor's answer to a body that is no JSON. */
export function routes(guard: (request: Request) => void, malformed: () => Refusal) {
  return (method: Method, path: string, work: (route: Route) => Reply | Promise<Reply>): RequestHandler =>
    http[method](path, async ({ request, params }) => {
      const date = { date: new Date().toUTCString() }
      try {
        guard(request)
        const reply = await work({
          request,
          url: new URL(request.url),
          part: (name) => decodeURIComponent(String(params[name] ?? '')),
          json: () => readJson(request, malformed),
        })
        const init = { status: reply.status ?? 200, headers: { ...date, ...reply.headers } }
        return reply.body === undefined ? new HttpResponse(null, init) : HttpResponse.json(reply.body as object, init)
      } catch (error) {
        if (error instanceof Refusal) return HttpResponse.json(error.body as object, { status: error.status, headers: date })
        throw error
      }
    })
}

async function readJson(request: Request, malformed: () => Refusal): Promise<Record<string, unknown>> {
  try {
    const value = JSON.parse(await request.text()) as unknown
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    throw malformed()
  }
  throw malformed()
}

export function bearer(request: Request): string | null {
  return /^Bearer (.+)$/.exec(request.headers.get('authorization') ?? '')?.[1] ?? null
}

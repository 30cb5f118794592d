import { StoreFull, StoreUnavailable, AnswerUnknown, UnknownConnection } from '@throughline/core'
import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

/** An answer that is no success, as RFC 9457 shows it. Throw it anywhere below a route. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly status: ContentfulStatusCode
  /** Stable, for programs: `unknown-parameter`. */
  readonly code: string
  readonly title: string
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: ContentfulStatusCode,
    code: string,
    title: string,
    detail: string,
    headers: Readonly<Record<string, string>> = {},
    options: { cause?: unknown } = {},
  ) {
    super(detail, options)
    this.status = status
    this.code = code
    this.title = title
    this.headers = headers
  }
}

/** What the caller is told of anything thrown. What we do not know is our fault, and says nothing of its inside. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof UnknownConnection) return new Problem(404, 'unknown-connection', 'There is no such connection', error.message)
  if (error instanceof StoreFull)
    return new Problem(503, 'store-full', 'The database has no space left', 'Nothing was stored; send it again later.', {
      'retry-after': '60',
    })
  if (error instanceof StoreUnavailable || error instanceof AnswerUnknown)
    return new Problem(
      503,
      'store-unavailable',
      'The database cannot be reached',
      'Send it again later; what was stored is not stored twice.',
      {
        'retry-after': '5',
      },
    )
  return new Problem(500, 'internal', 'The hub failed', 'The log of the hub has the reason.')
}

export function answerProblem(c: Context, problem: Problem): Response {
  return c.body(
    JSON.stringify({
      type: `urn:throughline:problem:${problem.code}`,
      title: problem.title,
      status: problem.status,
      detail: problem.message,
      instance: c.req.path,
    }),
    problem.status,
    { 'content-type': 'application/problem+json', ...problem.headers },
  )
}

export function notFound(what: string): Problem {
  return new Problem(404, 'not-found', `There is no such ${what}`, `No ${what} has this id.`)
}

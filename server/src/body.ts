import type { IncomingMessage } from 'node:http'
import { Problem } from './problem.ts'

/**
 * The raw bytes of a request, never more than `limit` of them: a length that says more is refused unread, a body without one
 * is cut off where it passes the limit.
 */
export async function readBody(request: Request, limit: number): Promise<Uint8Array> {
  refuseUnread(request.headers.get('content-encoding'), request.headers.get('content-length'), limit)
  if (request.body === null) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = request.body.getReader()
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw incomplete(cause)
    })
    if (done) return Buffer.concat(chunks, size)
    size += value.byteLength
    if (size > limit) {
      await reader.cancel().catch(() => undefined)
      throw tooLarge(limit)
    }
    chunks.push(value)
  }
}

/** The same, straight from the socket: a Request with a stream made for each webhook costs more than verifying it. */
export async function readIncoming(incoming: IncomingMessage, limit: number): Promise<Uint8Array> {
  refuseUnread(incoming.headers['content-encoding'] ?? null, incoming.headers['content-length'] ?? null, limit)
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const take = (chunk: Buffer): void => {
      size += chunk.byteLength
      if (size <= limit) return void chunks.push(chunk)
      incoming.off('data', take).pause()
      reject(tooLarge(limit))
    }
    incoming.on('data', take)
    incoming.once('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size)))
    incoming.once('error', (cause) => reject(incomplete(cause)))
    incoming.once('close', () => reject(incomplete(undefined)))
  })
}

function refuseUnread(encoding: string | null, length: string | null, limit: number): void {
  if (encoding !== null && encoding.trim().toLowerCase() !== 'identity')
    throw new Problem(415, 'content-encoding', 'The body is compressed', 'Send it without a Content-Encoding.', {
      'accept-encoding': 'identity',
    })
  if (Number(length ?? '0') > limit) throw tooLarge(limit)
}

function incomplete(cause: unknown): Problem {
  return new Problem(400, 'incomplete-body', 'The body ended too early', 'Send the whole body.', {}, { cause })
}

function tooLarge(limit: number): Problem {
  return new Problem(413, 'too-large', 'The body is too large', `At most ${limit} bytes are taken.`, { connection: 'close' })
}

/** A JSON object sent by a program; `members` are the only ones it may have. An empty body is an empty object. */
export async function readObject(request: Request, members: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const bytes = await readBody(request, 65_536)
  if (bytes.byteLength === 0) return {}
  if (!/^application\/json\s*(;|$)/i.test(request.headers.get('content-type') ?? ''))
    throw new Problem(415, 'content-type', 'The body is not declared as JSON', 'Send it with Content-Type: application/json.')
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new Problem(400, 'malformed', 'The body is not JSON', 'Send one JSON object in UTF-8.', {}, { cause })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Problem(422, 'not-an-object', 'The body is not an object', `Send one JSON object with ${members.join(', ') || 'no members'}.`)
  const strange = Object.keys(value).find((name) => !members.includes(name))
  if (strange !== undefined)
    throw new Problem(
      422,
      'unknown-member',
      'The body has a member that means nothing here',
      `${JSON.stringify(strange.slice(0, 60))} is not known; known: ${members.join(', ') || 'none'}.`,
    )
  return value as Readonly<Record<string, unknown>>
}

import type { Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { VendorError } from '@throughline/sdk'

const DECODERS = { gzip: createGunzip, 'x-gzip': createGunzip, deflate: createInflate, br: createBrotliDecompress } as const

/** What the hub asks vendors for, and can undo. */
export const ACCEPTED_ENCODINGS = 'gzip, deflate, br'

/** The decoded body, never more than `limit` bytes of it in memory. Throws `VendorError` where it is more or cannot be undone. */
export async function readAnswer(body: Readable, encoding: string | null, limit: number): Promise<Buffer> {
  const name = (encoding ?? '').trim().toLowerCase()
  const make = name === '' || name === 'identity' ? null : DECODERS[name as keyof typeof DECODERS]
  if (make === undefined) {
    body.destroy()
    throw new VendorError('retry', `the answer is encoded as ${name.slice(0, 40)}, which nobody asked for`)
  }
  const stream = make === null ? body : decode(body, make())
  const parts: Buffer[] = []
  let size = 0
  for await (const part of stream as AsyncIterable<Buffer>) {
    size += part.byteLength
    // Leaving the loop ends the stream, and with it the connection: the rest is not fetched.
    if (size > limit) throw new VendorError('retry', `the answer is larger than ${limit} bytes`)
    parts.push(part)
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts, size)
}

function decode(body: Readable, decoder: ReturnType<(typeof DECODERS)[keyof typeof DECODERS]>): Readable {
  body.once('error', (error) => decoder.destroy(error))
  decoder.once('close', () => body.destroy())
  return body.pipe(decoder)
}

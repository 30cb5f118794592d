import { VendorError, type Gap, type Heard, type RawSignal } from '@throughline/sdk'
import { Declined, type Bayeux, type Message } from './bayeux.ts'
import { understand } from './events.ts'

/** Where the stream goes on: after this event of this channel. Ids are opaque and not in sequence; none is ever computed. */
interface Cursor {
  readonly channel: string
  /** `null` until the first event: the stream then goes on with what comes next. */
  readonly replayId: number | null
}

export interface Listening {
  readonly bayeux: Bayeux
  readonly channel: string
  /** Object type → stream, of the streams that the mappings use. */
  readonly streams: ReadonlyMap<string, string>
  now(): number
}

const FROM_NOW_ON = -1
/** How often in a row the server may refuse us before it is somebody else's business. */
const MOST_REFUSALS = 3
/** A held call answers when there is something to say. Empty ones that come faster than this (ms), and so many, are a fault. */
const TOO_FAST = 1_000
const MOST_FAST = 20

/**
 * Change events of one channel, from where the cursor points. After an event older than the vendor keeps (72 hours) there is
 * a gap instead, as there is the first time: the streams' own polls close it from their own cursors.
 */
export async function* listen(it: Listening, from: string | null, signal: AbortSignal): AsyncIterable<Heard> {
  const { bayeux, channel, now } = it
  let cursor = readCursor(from, channel)
  let gap: Gap | null = cursor.replayId === null ? recent('Change events are listened to from now on') : null
  let isFirst = true
  let refusals = 0
  let fast = 0

  for (;;) {
    try {
      await bayeux.handshake(signal)
      let early = await bayeux.subscribe(channel, cursor.replayId ?? FROM_NOW_ON, signal)
      if (isFirst || gap !== null) {
        yield piece([], gap)
        isFirst = false
        gap = null
      }
      for (;;) {
        const since = now()
        const messages = early.length > 0 ? early : await bayeux.connect(signal)
        early = []
        refusals = 0
        const before = cursor.replayId
        yield* hear(messages)
        const isIdle = cursor.replayId === before && now() - since < TOO_FAST
        fast = isIdle ? fast + 1 : 0
        if (fast > MOST_FAST) throw new VendorError('retry', "Salesforce's event stream answers again and again with nothing new")
      }
    } catch (error) {
      if (!(error instanceof Declined)) throw error
      refusals += 1
      if (refusals > MOST_REFUSALS) throw afterAll(error)
      if (error.what === 'replay') {
        cursor = { channel, replayId: null }
        gap = recent('Salesforce no longer keeps the events since the last one that was heard')
      }
    }
  }

  function* hear(messages: readonly Message[]): Iterable<Heard> {
    const signals: RawSignal[] = []
    let missed: Gap | null = null
    for (const message of messages) {
      if (message.channel !== channel) continue
      const understood = understand(message.data, (type) => it.streams.get(type))
      signals.push(...understood.signals)
      if (understood.replayId !== null) cursor = { channel, replayId: understood.replayId }
      if (understood.gap === null) continue
      // A gap of its own for each: what they say differs.
      if (missed !== null) yield piece(signals.splice(0), missed)
      missed = understood.gap
    }
    yield piece(signals, missed)
  }

  function piece(signals: readonly RawSignal[], missed: Gap | null): Heard {
    return { signals, cursor: JSON.stringify(cursor), ...(missed === null ? {} : { gap: missed }) }
  }

  function recent(why: string): Gap {
    return { streams: [...it.streams.values()], extent: 'recent', why }
  }
}

function afterAll(error: Declined): VendorError {
  const next = error.what === 'session' ? 'unauthorised' : 'retry'
  return new VendorError(next, error.message, { cause: error })
}

/** A cursor of another channel, or one that cannot be read, counts for nothing: the gap says so. */
function readCursor(text: string | null, channel: string): Cursor {
  const none = { channel, replayId: null }
  if (text === null) return none
  try {
    const stored = JSON.parse(text) as Partial<Cursor> | null
    return stored?.channel === channel && Number.isSafeInteger(stored.replayId) ? { channel, replayId: stored.replayId ?? null } : none
  } catch {
    return none
  }
}

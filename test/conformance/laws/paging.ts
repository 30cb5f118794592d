import assert from 'node:assert/strict'
import type { Page } from '@throughline/sdk'
import { streamLaw, type StreamLaw } from '../law.ts'
import { pagesOf, recordsOf, same, type Scene } from '../scene.ts'

const pulls: StreamLaw['applies'] = ({ kind }) => kind.can.pull === true
const lists: StreamLaw['applies'] = ({ kind }) => kind.can.list === true
const hour = 3_600_000

/** More than two pages, at least 1,000 of them with one modification time, the rest before and after. */
async function crowd(scene: Scene): Promise<string[]> {
  const { kind, own, remote, stream } = scene
  const equal = Math.max(1_000, 2 * kind.can.batch.page + 10)
  const rows = (from: number, n: number) => Array.from({ length: n }, (_, i) => own.sample(from + i))
  const at = remote.now() - hour
  const middle = await remote.plant(stream, rows(0, equal), at)
  const late = await remote.plant(stream, rows(equal, 20), at + 60_000)
  const early = await remote.plant(stream, rows(equal + 20, 20), at - 60_000)
  await scene.settle()
  return [...early, ...middle, ...late]
}

function pageLimit(scene: Scene, objects: number): number {
  return 20 + 3 * Math.ceil(objects / Math.min(scene.kind.can.batch.page, 100))
}

function assertAll(expected: readonly string[], pages: readonly Page[], when: string): void {
  const seen = new Set(recordsOf(pages).map((record) => record.id))
  const missed = expected.filter((id) => !seen.has(id))
  assert.equal(missed.length, 0, `${when}: ${missed.length} of ${expected.length} objects missed, such as ${missed[0]}`)
}

export const pagingLaws: readonly StreamLaw[] = [
  streamLaw(
    'a pull ends and misses nothing, 1,000 equal timestamps among it, from whatever stored cursor',
    'safety',
    async (scene) => {
      const { connection, kind, stream, signal } = scene
      const ids = await crowd(scene)
      const limit = pageLimit(scene, ids.length)
      const pages = await pagesOf(connection.pull(stream, null, signal), limit)
      assert(pages.length > 1, 'more than one page was needed')
      assert(
        pages.every((page) => page.records.length <= kind.can.batch.page),
        'a page is larger than declared',
      )
      assertAll(ids, pages, 'a pull from the start')
      const times = recordsOf(pages).map((record) => record.modifiedAt ?? assert.fail('a pulled record has no time'))
      assert(
        times.every((time, i) => i === 0 || time >= times[i - 1]!),
        'oldest first',
      )
      const stops = new Set([0, Math.floor(pages.length / 2), pages.length - 2])
      for (const stop of stops) {
        const rest = await pagesOf(scene.reconnect().pull(stream, pages[stop]?.cursor ?? null, signal), limit)
        assertAll(ids, [...pages.slice(0, stop + 1), ...rest], `a pull resumed after page ${stop + 1} of ${pages.length}`)
      }
    },
    pulls,
  ),

  streamLaw(
    'a pull misses no edit that is made while it pages',
    'safety',
    async (scene) => {
      const { connection, kind, own, remote, stream, signal } = scene
      const ids = await crowd(scene)
      const changed = new Map<string, number>()
      const meddle = async (page: Page, index: number): Promise<void> => {
        if (index > 1) return
        const seen = new Set(page.records.map((record) => record.id))
        const picks = [...ids.filter((id) => seen.has(id)).slice(0, 2), ...ids.filter((id) => !seen.has(id)).slice(-2)]
        for (const id of picks) {
          const n = ids.indexOf(id)
          await remote.edit(stream, id, own.change(n))
          changed.set(id, n)
        }
        const [made = ''] = await remote.plant(stream, [{ ...own.sample(50_000 + index), ...own.change(50_000 + index) }])
        changed.set(made, 50_000 + index)
      }
      const limit = pageLimit(scene, ids.length)
      const during = await pagesOf(connection.pull(stream, null, signal), limit, meddle)
      await scene.settle()
      const after = await pagesOf(connection.pull(stream, during.at(-1)?.cursor ?? null, signal), limit)
      assert(changed.size > 4, 'edits were made')
      assertAll([...ids, ...changed.keys()], [...during, ...after], 'a pull and its continuation')
      const newest = new Map(recordsOf([...during, ...after]).map((record) => [record.id, kind.decode(record)]))
      for (const [id, n] of changed) {
        const stale = Object.entries(own.change(n)).filter(([name, value]) => !same(newest.get(id)?.[name], value))
        assert.deepEqual(stale, [], `the edit of ${id} was never delivered`)
      }
    },
    pulls,
  ),

  streamLaw(
    'a pull that has caught up ends, and the next brings the next change',
    'safety',
    async (scene) => {
      const { connection, kind, own, remote, stream, signal } = scene
      await pagesOf(connection.pull(stream, null, signal), 3)
      const [id = ''] = await remote.plant(stream, [own.sample(0), own.sample(1)])
      await scene.settle()
      let cursor = (await pagesOf(connection.pull(stream, null, signal), 5)).at(-1)?.cursor ?? assert.fail('no cursor')
      for (let round = 0; round < 2; round++) cursor = (await pagesOf(connection.pull(stream, cursor, signal), 5)).at(-1)?.cursor ?? cursor
      await remote.edit(stream, id, own.change(0))
      await scene.settle()
      const news = recordsOf(await pagesOf(connection.pull(stream, cursor, signal), 5)).findLast((record) => record.id === id)
      assert(news, 'the edit was not pulled')
      for (const [name, value] of Object.entries(own.change(0))) assert(same(kind.decode(news)[name], value), `${name} is not the new one`)
    },
    pulls,
  ),

  streamLaw(
    'a list ends and is complete, in the order of its ids, from wherever it is taken up',
    'safety',
    async (scene) => {
      const { connection, kind, own, remote, stream, signal } = scene
      const ids = await crowd(scene)
      await remote.remove(stream, ids[5] ?? '')
      await scene.settle()
      const living = [...(await scene.truth()).keys()].sort((a, b) => kind.compareIds(a, b))
      const limit = pageLimit(scene, ids.length)
      const pages = await pagesOf(connection.list(stream, null, signal), limit)
      assert(pages.length > 1, 'more than one page was needed')
      const listed = recordsOf(pages)
      assert.deepEqual(
        listed.map((record) => record.id),
        living,
      )
      assert(listed.every((record) => record.state === 'live'))
      assert(
        Object.keys(own.sample(0)).some((name) => name in kind.decode(listed[0]!)),
        'listed records have fields',
      )
      for (const stop of [0, Math.floor(living.length / 2), living.length - 1]) {
        const rest = recordsOf(await pagesOf(scene.reconnect().list(stream, living[stop] ?? null, signal), limit))
        assert.deepEqual(
          rest.map((record) => record.id),
          living.slice(stop + 1),
          `a list taken up after object ${stop + 1}`,
        )
      }
    },
    lists,
  ),

  streamLaw(
    'a list misses nothing that lives throughout, whatever else is made, edited or deleted meanwhile',
    'safety',
    async (scene) => {
      const { connection, kind, own, remote, stream, signal } = scene
      const ids = (await crowd(scene)).sort((a, b) => kind.compareIds(a, b))
      const gone = new Set<string>()
      let index = -1
      const meddle = async (page: Page): Promise<void> => {
        // A page without records only says that the reading goes on.
        if (page.records.length === 0 || ++index > 1) return
        const last = page.records.at(-1)?.id ?? ''
        // What was gathered before it was deleted may still be given out.
        const seen = page.records.find(({ id }) => !gone.has(id))?.id ?? ''
        const ahead = ids.find((id) => kind.compareIds(id, last) > 0 && id !== ids.at(-1)) ?? ''
        for (const id of [seen, ahead]) {
          await remote.remove(stream, id)
          gone.add(id)
        }
        await remote.edit(stream, ids.at(-1) ?? '', own.change(ids.length))
        await remote.plant(stream, [own.sample(60_000 + index)])
      }
      const pages = await pagesOf(connection.list(stream, null, signal), pageLimit(scene, ids.length), meddle)
      assert.equal(gone.size, 4, 'objects were deleted meanwhile')
      assertAll(
        ids.filter((id) => !gone.has(id)),
        pages,
        'a list',
      )
      const listed = recordsOf(pages).map((record) => record.id)
      assert(
        listed.every((id, i) => i === 0 || kind.compareIds(listed[i - 1]!, id) < 0),
        'strictly in order',
      )
    },
    lists,
  ),
]

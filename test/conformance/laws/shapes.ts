import assert from 'node:assert/strict'
import { checkMapping, loadRegistry, type Registry } from '@throughline/contracts'
import type { RawRecord } from '@throughline/sdk'
import { streamLaw, type StreamLaw } from '../law.ts'
import { assertNext, same, type Scene, update } from '../scene.ts'

const writes: StreamLaw['applies'] = ({ kind }) => kind.can.write === true

async function planted(scene: Scene, n = 0): Promise<RawRecord> {
  const { connection, own, remote, stream, signal } = scene
  const [id = ''] = await remote.plant(stream, [{ ...own.sample(n), ...own.unmapped }])
  return (await connection.read(stream, [id], signal)).get(id) ?? assert.fail('the planted object was not read')
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) freeze(inner)
    Object.freeze(value)
  }
  return value
}

/** The object's JSON with members no one knows, at every level that is an object. */
function withStrangers(body: unknown): unknown {
  if (Array.isArray(body) || typeof body !== 'object' || body === null) return body
  const inner = Object.fromEntries(Object.entries(body).map(([name, value]) => [name, withStrangers(value)]))
  return { ...inner, __conformance: { deep: [null, 1, {}] } }
}

let registry: Registry | undefined

export const shapeLaws: readonly StreamLaw[] = [
  streamLaw('what is decoded keeps the entity contract, through the default mapping', 'safety', async (scene) => {
    const { kind, mapping, own } = scene
    const entity = (registry ??= loadRegistry()).entity(kind.entity)
    assert.deepEqual([mapping.stream, mapping.entity], [scene.stream, kind.entity], 'the mapping is of this stream and entity')
    checkMapping(mapping, entity)
    for (let n = 0; n < 5; n++) {
      const raw = await planted(scene, n)
      const { values, problems } = mapping.toCanonical(kind.decode(raw))
      assert.deepEqual(problems, [])
      assert.deepEqual(entity.validate(values), [])
      const used = mapping.fields.filter((field) => field.direction !== 'out' && field.remote in own.sample(n))
      assert(used.length >= 3, 'the sample fills mapped fields')
      for (const field of used)
        assert(values[field.field] !== null && values[field.field] !== undefined, `${field.field} is empty, though ${field.remote} is not`)
    }
  }),

  streamLaw('decode is pure, flat and undisturbed by unknown members', 'safety', async (scene) => {
    const { kind, mapping, own } = scene
    const raw = freeze(await planted(scene))
    const fields = kind.decode(raw)
    assert.deepEqual(kind.decode(raw), fields, 'twice the same')
    for (const name of Object.keys(own.sample(0))) assert(same(fields[name], own.sample(0)[name]), `${name} is decoded`)
    const strange = kind.decode({ ...raw, body: withStrangers(raw.body) })
    for (const { remote: name } of mapping.fields) assert(same(strange[name], fields[name]), `${name} changed because of an unknown member`)
    assert(!Object.keys(fields).some((name) => name === 'attributes' || fields[name] === undefined), 'only fields, only those present')
    assert.doesNotThrow(() => kind.decode({ ...raw, body: { __conformance: 1 } }), 'an object without anything known')
  }),

  streamLaw('a field that the vendor did not send is absent, never null', 'safety', async (scene) => {
    const { kind, own } = scene
    const raw = await planted(scene)
    const name = own.clearable
    const strip = (body: unknown): unknown =>
      typeof body === 'object' && body !== null && !Array.isArray(body)
        ? Object.fromEntries(Object.entries(body).flatMap(([key, value]) => (key === name ? [] : [[key, strip(value)]])))
        : body
    assert(name in kind.decode(raw), `${name} is sent`)
    assert(!(name in kind.decode({ ...raw, body: strip(raw.body) })), `${name} was made up`)
  }),

  streamLaw(
    'writing back what was read changes nothing',
    'safety',
    async (scene) => {
      const { connection, kind, own, stream, signal } = scene
      const raw = await planted(scene)
      const before = (await scene.truth()).get(raw.id)
      const fields = kind.decode(raw)
      const writable = Object.fromEntries(Object.keys(own.sample(0)).flatMap((name) => (name in fields ? [[name, fields[name]]] : [])))
      assert(Object.keys(writable).length > 0)
      assertNext(await connection.write(stream, [update(raw.id, writable)], signal), 1, 'done')
      const after = (await scene.truth()).get(raw.id)
      for (const name of [...Object.keys(own.sample(0)), ...Object.keys(own.unmapped)]) {
        assert(same(after?.[name], before?.[name]), `${name} did not survive the round: ${JSON.stringify([before?.[name], after?.[name]])}`)
      }
    },
    writes,
  ),

  streamLaw(
    'text survives the round trip, whatever is in it',
    'safety',
    async (scene) => {
      const { connection, kind, own, remote, stream, signal } = scene
      const [id = ''] = await remote.plant(stream, [own.sample(0)])
      for (const text of [`O'Brien "Bob" \\ <b>&amp;`, 'Zoë Müller-Łoś 名前 😀', '2026-11-20', 'null', '007', 'a, b; c']) {
        assertNext(await connection.write(stream, [update(id, { [own.clearable]: text })], signal), 1, 'done')
        const raw = (await connection.read(stream, [id], signal)).get(id) ?? assert.fail('not read')
        assert.equal(kind.decode(raw)[own.clearable], text)
        assert.equal((await scene.truth()).get(id)?.[own.clearable], text)
      }
    },
    writes,
  ),

  streamLaw('the order of ids is a total order', 'manners', async (scene) => {
    const { kind, own, remote, stream } = scene
    const ids = await remote.plant(
      stream,
      Array.from({ length: 40 }, (_, i) => own.sample(i)),
    )
    for (const a of ids) {
      assert.equal(kind.compareIds(a, a), 0)
      for (const b of ids) {
        if (a !== b) assert.equal(Math.sign(kind.compareIds(a, b)) + Math.sign(kind.compareIds(b, a)), 0)
        if (a !== b) assert.notEqual(kind.compareIds(a, b), 0)
      }
    }
  }),
]

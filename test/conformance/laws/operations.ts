import type { Delivery, Fields } from '@throughline/sdk'
import { creates, holds, remove, type Scene, update } from '../scene.ts'

/** One kind of write, ready to send, with a way to count in the vendor's own memory how often it took effect. */
export interface Operation {
  readonly name: Delivery['operation']
  readonly deliveries: readonly Delivery[]
  /** Whether sending the very same again is safe by declaration. A marked create is looked up first instead. */
  readonly repeatable: boolean
  landed(truth: ReadonlyMap<string, Fields>): number
}

/** Every kind of write that the stream declares, `most` deliveries each or what one call takes, on objects that are there already. */
export async function operations(scene: Scene, most: number): Promise<Operation[]> {
  const { kind, own, remote, stream } = scene
  const n = Math.min(most, kind.can.batch.write)
  if (kind.can.write !== true) return []
  const sampled = (from: number) => Array.from({ length: n }, (_, i) => own.sample(from + i))
  const edited = await remote.plant(stream, sampled(1_000))
  const created: Operation = {
    name: 'create',
    deliveries: creates(scene, n),
    repeatable: typeof kind.can.upsertBy === 'string',
    landed: (truth) => [...truth.values()].filter((fields) => sampled(0).some((sample) => holds(fields, sample))).length,
  }
  const updated: Operation = {
    name: 'update',
    deliveries: edited.map((id, i) => update(id, own.change(1_000 + i))),
    repeatable: true,
    landed: (truth) => edited.filter((id, i) => holds(truth.get(id), own.change(1_000 + i))).length,
  }
  if (kind.can.delete !== true) return [created, updated]
  const doomed = await remote.plant(stream, sampled(2_000))
  const deleted: Operation = {
    name: 'delete',
    deliveries: doomed.map((id) => remove(id)),
    repeatable: true,
    landed: (truth) => doomed.filter((id) => !truth.has(id)).length,
  }
  return [created, updated, deleted]
}

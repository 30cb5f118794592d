/** Fixed for the life of a database: the lane is stored with each event. */
export const LANES = 64

/** The lane of one external object (FNV-1a). All events of one object share a lane: that is what keeps their order. */
export function laneOf(connection: string, stream: string, externalId: string): number {
  let hash = 0x811c9dc5
  const text = `${connection}\n${stream}\n${externalId}`
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return (hash >>> 0) % LANES
}

import type { Json } from '../json.ts'
import type { Codec } from './codec.ts'

/**
 * Sends `remote` where the canonical value is `null`, and reads it back as `null`: for vendors that insist on a value.
 * Throws `CodecError` if the codec cannot read the default itself.
 */
export function defaulted(codec: Codec, remote: unknown): Codec {
  const stand = codec.normal(codec.decode(remote))
  return {
    name: codec.name,
    decode(value) {
      const decoded = codec.decode(value)
      return codec.normal(decoded) === stand ? null : decoded
    },
    encode: (value: Json) => (value === null ? remote : codec.encode(value)),
    normal(value) {
      const normal = codec.normal(value)
      return normal === stand ? null : normal
    },
  }
}

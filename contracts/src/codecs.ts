import type { Codec } from './codecs/codec.ts'
import { country } from './codecs/country.ts'
import { boolean, integer, number } from './codecs/number.ts'
import { phone } from './codecs/phone.ts'
import { email, text } from './codecs/text.ts'
import { date, datetime } from './codecs/time.ts'
import { domain, url } from './codecs/web.ts'

export { CodecError, type Codec } from './codecs/codec.ts'
export { defaulted } from './codecs/defaulted.ts'
export { enumeration, type EnumOptions } from './codecs/enum.ts'

/** The codecs that take no options, by name. `enum` needs its table: `enumeration`. */
export const codecs: ReadonlyMap<string, Codec> = new Map(
  [text, email, phone, domain, url, number, integer, boolean, date, datetime, country].map((codec) => [codec.name, codec]),
)

/** Every name that a mapping may use. */
export const codecNames: readonly string[] = [...codecs.keys(), 'enum']

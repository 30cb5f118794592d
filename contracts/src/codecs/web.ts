import { toDomain, toWebAddress } from '../values.ts'
import { textual } from './codec.ts'

/** A host such as `example.com`; takes web addresses too, and drops scheme, `www.`, port and path. */
export const domain = textual('domain', 'a domain such as example.com', toDomain, (value) => toDomain(value) ?? value)

/** A web address. Canonical in the spelling of the URL standard. */
export const url = textual('url', 'a web address such as https://example.com/a', toWebAddress, (value) => toWebAddress(value) ?? value)

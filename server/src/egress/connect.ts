import { lookup as lookUp, type LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { buildConnector } from 'undici'
import { classOf } from './address.ts'

/** `true`: every private address may be called; a list: those of these host names. */
export type AllowPrivate = boolean | readonly string[]

/** The host leads where the hub does not call. Nothing was sent. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused'
  /** What a firewall's refusal looks like too: connectors know by it that the vendor has not seen the call. */
  readonly code = 'EHOSTUNREACH'

  constructor(host: string, address: string, isPrivate: boolean) {
    super(
      isPrivate
        ? `${host} leads to the private address ${address}; only egress.allowPrivate in throughline.yaml lets it be called`
        : `${host} leads to ${address}, where no vendor is`,
    )
  }
}

/** Finds the addresses of a host name; a test gives its own. */
export type Resolve = (host: string, done: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void) => void

const resolveAll: Resolve = (host, done) => lookUp(host, { all: true, order: 'verbatim' }, done)

/**
 * Opens connections to permitted addresses only. The check is part of connecting, on the very addresses that are connected
 * to, so a name that resolves differently a moment later gains nothing.
 */
export function guardedConnector(
  allowPrivate: AllowPrivate,
  timeoutMs: number,
  resolve: Resolve = resolveAll,
): { readonly connect: buildConnector.connector } {
  const refusal = (host: string, address: string): AddressRefused | null => {
    const kind = classOf(address)
    if (kind === 'public') return null
    const isAllowed = kind === 'private' && (allowPrivate === true || (allowPrivate !== false && allowPrivate.includes(host.toLowerCase())))
    return isAllowed ? null : new AddressRefused(host, address, kind === 'private')
  }
  // Node asks for names only; an address is connected to without a look-up.
  const lookup: LookupFunction = (host, options, done) => {
    resolve(host, (error, addresses) => {
      if (error) return done(error, '')
      const first = addresses[0]
      if (!first) return done(Object.assign(new Error(`${host} has no address`), { code: 'ENOTFOUND' }), '')
      for (const { address } of addresses) {
        const refused = refusal(host, address)
        if (refused) return done(refused, '')
      }
      if (options.all === true) done(null, [...addresses])
      else done(null, first.address, first.family)
    })
  }
  const open = buildConnector({ lookup, timeout: timeoutMs, keepAlive: true })
  return {
    connect: (options, done) => {
      const refused = isAddress(options.hostname) ? refusal(options.hostname, options.hostname) : null
      if (refused) return done(refused, null)
      open(options, done)
    },
  }
}

const isAddress = (host: string): boolean => /^[\d.]+$/.test(host) || host.includes(':')

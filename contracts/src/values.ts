import { domainToASCII } from 'node:url'

// Shared by codecs and by the formats of contracts, so that what a codec lets in a contract accepts.

const address = /^[^\s\p{Cc}@"<>(),;:\\[\]]+@[^\s\p{Cc}@"<>(),;:\\[\].]+(?:\.[^\s\p{Cc}@"<>(),;:\\[\].]+)+$/u

/** Whether mail could be sent there: one `@`, a dotted domain, no display name. Letters of any script. */
export function isEmail(text: string): boolean {
  return text.length <= 320 && address.test(text)
}

const label = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/

/** Whether this is a lower-case ASCII host name of at least two labels; no address, no port. */
export function isDomain(text: string): boolean {
  const labels = text.split('.')
  return text.length <= 253 && labels.length > 1 && labels.every((l) => l.length <= 63 && label.test(l)) && !/^\d+$/.test(labels.at(-1)!)
}

/** The registered host within a domain, host or web address, without `www.`; `undefined` if there is none. */
export function toDomain(text: string): string | undefined {
  const bare = text
    .trim()
    .toLowerCase()
    .replace(/^[a-z][a-z0-9+.-]*:\/\//, '')
  const host = bare.split(/[/?#]/, 1)[0]!.replace(/:\d*$/, '').replace(/\.$/, '')
  const ascii = domainToASCII(host).replace(/^(?:www\.)+(?=[^.]+\.)/, '')
  return isDomain(ascii) ? ascii : undefined
}

/**
 * An `http` or `https` address in its canonical spelling, without the slash of an empty path; `undefined` if it is
 * none. Text without a scheme is taken as `https` if its host is dotted. Credentials in it are refused.
 */
export function toWebAddress(text: string): string | undefined {
  const schemed = /^[a-z][a-z0-9+.-]*:\/\//i.test(text)
  const url = URL.parse(schemed ? text : `https://${text}`)
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return undefined
  if (url.username !== '' || url.password !== '') return undefined
  if (!schemed && !url.hostname.includes('.')) return undefined
  return url.pathname === '/' && url.search === '' && url.hash === '' ? url.href.replace(/\/$/, '') : url.href
}

const instant = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(?:Z|([+-])([01]\d|2[0-3]):?([0-5]\d))$/i

/** Milliseconds UTC of an ISO 8601 time that states its zone (`Z`, `+01:00`, `+0100`); finer fractions are cut. */
export function parseInstant(text: string): number | undefined {
  const [, day, time, fraction = '', sign, hours = '0', minutes = '0'] = instant.exec(text) ?? []
  if (day === undefined) return undefined
  const local = Date.parse(`${day}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}Z`)
  // Engines roll 30 February over to March.
  if (Number.isNaN(local) || !new Date(local).toISOString().startsWith(day)) return undefined
  const shift = (Number(hours) * 60 + Number(minutes)) * 60_000
  return inFourDigitYears(sign === '-' ? local + shift : local - shift)
}

/** The same milliseconds if ISO 8601 can write them with a year of four digits. */
export function inFourDigitYears(ms: number): number | undefined {
  return Number.isInteger(ms) && ms >= -62_167_219_200_000 && ms <= 253_402_300_799_999 ? ms : undefined
}

/** Whether this is a day that exists, as `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  return text.length === 10 && parseInstant(`${text}T00:00:00Z`) !== undefined
}

/** Whether this is a time by RFC 3339 (the offset has its colon). */
export function isInstant(text: string): boolean {
  return parseInstant(text) !== undefined && !/[+-]\d{4}$/.test(text)
}

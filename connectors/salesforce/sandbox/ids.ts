/** Base 62 in byte order, so that ids sort as they were made. */
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const CHECK = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345'
const POD = 'gL0'

/** The 15-character case-sensitive form plus the vendor's three check characters, one for the capitals of each five. */
export function withChecksum(id15: string): string {
  let check = ''
  for (let chunk = 0; chunk < 3; chunk += 1) {
    let bits = 0
    for (let i = 0; i < 5; i += 1) {
      const char = id15[chunk * 5 + i] ?? ''
      if (char >= 'A' && char <= 'Z') bits |= 1 << i
    }
    check += CHECK[bits] ?? ''
  }
  return id15 + check
}

/** The `n`th id of a key prefix: `003` contact, `00Q` lead, `001` account, `005` user. */
export function makeId(prefix: string, n: number): string {
  let digits = ''
  for (let rest = n; digits.length < 9; rest = Math.floor(rest / 62)) digits = (DIGITS[rest % 62] ?? '0') + digits
  return withChecksum(prefix + POD + digits)
}

/** Accepts both forms, answers the long one; `null` for what is no id. */
export function longId(text: string): string | null {
  if (!/^[0-9A-Za-z]+$/.test(text)) return null
  if (text.length === 15) return withChecksum(text)
  return text.length === 18 && withChecksum(text.slice(0, 15)) === text ? text : null
}

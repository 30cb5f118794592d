import { isEmail } from '../values.ts'
import { textual } from './codec.ts'

/** Any text; spaces at the ends do not count, and the two Unicode spellings of one letter are equal. */
export const text = textual(
  'text',
  'a text',
  (value) => value,
  (value) => value.normalize('NFC').trim(),
)

/** An e-mail address; letter case does not count. */
export const email = textual(
  'email',
  'an e-mail address',
  (value) => {
    const address = lower(value)
    return isEmail(address) ? address : undefined
  },
  lower,
)

function lower(value: string): string {
  return value.toLowerCase().normalize('NFC')
}

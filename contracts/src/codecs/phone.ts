import { textual } from './codec.ts'

/** A phone number as people write it; compared by its digits and letters, with `00` read as `+`. */
export const phone = textual(
  'phone',
  'a phone number with at least three digits',
  (value) => (value.replace(/\D/g, '').length >= 3 ? value : undefined),
  (value) => {
    const plain = value.normalize('NFKC').toLowerCase()
    const tail = /(?:ext(?:ension|n)?|x|#)[\s.:]*(\d+)$/.exec(plain)
    const extended = tail !== null && /\d/.test(plain.slice(0, tail.index))
    const number = extended ? plain.slice(0, tail.index) : plain
    const digits = number.replace(/[^\da-z]/g, '')
    const international = number.trimStart().startsWith('+') ? `+${digits}` : digits.replace(/^00(?=[1-9])/, '+')
    return extended ? `${international}x${tail[1]}` : international
  },
)

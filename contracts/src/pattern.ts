/**
 * Why a pattern might take more than linear time or mean different things to different engines; `undefined` if it is
 * safe. Deliberately narrow: no look-around, no back-references, nothing repeated that is itself a repetition or a choice, at
 * most two unbounded repetitions, anchored at the start.
 */
export function unsafePattern(source: string): string | undefined {
  if (source.length > 200) return 'is longer than 200 characters'
  try {
    new RegExp(source, 'u')
  } catch (cause) {
    return `is not a regular expression: ${(cause as Error).message}`
  }
  if (!source.startsWith('^')) return 'does not start with ^, so every position would be tried'
  // Classes and escapes each stand for one character; groups stay.
  const plain = source
    .replace(/\\k<[^>]*>|\\[1-9]/g, '\0')
    .replace(/\\[pP]\{[^}]*\}|\\u\{[^}]*\}|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|\\c[A-Za-z]|\\./gs, 'c')
    .replace(/\[[^\]]*\]/g, 'c')
  if (plain.includes('\0')) return 'has a back-reference'
  if (/\(\?(?!:)/.test(plain)) return 'has a look-around, a named group or a flag'
  if ((plain.match(/[*+]|\{\d+,\}/g) ?? []).length > 2) return 'has more than two unbounded repetitions'
  return repeatedGroup(plain) ? 'repeats a group that holds a repetition or a choice' : undefined
}

function repeatedGroup(plain: string): boolean {
  // One entry per open group: whether it holds a repetition or a choice.
  const open: boolean[] = [false]
  for (let i = 0; i < plain.length; i++) {
    const char = plain[i]!
    if (char === '(') {
      open.push(false)
      if (plain.startsWith('?:', i + 1)) i += 2
    } else if (char === ')') {
      const inner = open.pop()!
      const repeated = /^(?:[*+]|\{)/.test(plain.slice(i + 1))
      if (inner && repeated) return true
      if (inner) open[open.length - 1] = true
    } else if ('*+?{|'.includes(char)) {
      open[open.length - 1] = true
    }
  }
  return false
}

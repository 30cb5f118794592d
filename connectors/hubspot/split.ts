/**
 * The text of each element of a JSON array, exactly as it was sent. The text must already have been parsed as an array:
 * this only finds the commas, it validates nothing.
 */
export function elementsOf(array: string): string[] {
  const elements: string[] = []
  let depth = 0
  let start = -1
  for (let index = 0; index < array.length; index += 1) {
    const character = array[index]!
    if (character === '"') {
      if (start < 0) start = index
      for (index += 1; index < array.length && array[index] !== '"'; index += 1) if (array[index] === '\\') index += 1
    } else if (character === '[' || character === '{') {
      depth += 1
      if (depth === 2 && start < 0) start = index
    } else if (character === ']' || character === '}') {
      depth -= 1
      if (depth === 0) close(index)
    } else if (character === ',' && depth === 1) close(index)
    else if (start < 0 && depth === 1 && !/\s/.test(character)) start = index
  }
  return elements

  function close(end: number): void {
    if (start >= 0) elements.push(array.slice(start, end).trimEnd())
    start = -1
  }
}

import type { Law } from './law.ts'
import { isSentence } from './laws/honesty.ts'

/**
 * What is wrong with leaving a law out, or `null`. Runs the law: an exception must be needed.
 */
export async function exceptionProblem(all: readonly Law[], name: string, reason: string): Promise<string | null> {
  const law = all.find((each) => each.name === name)
  if (!law) return `there is no law "${name}" for this connector`
  if (law.safety) return 'a safety law has no exceptions'
  if (!isSentence(reason)) return `"${reason}" is no sentence`
  const holds = await law.run().then(
    () => true,
    () => false,
  )
  return holds ? 'the law holds: take the exception out' : null
}

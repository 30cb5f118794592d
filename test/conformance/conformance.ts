import { describe, expect, test } from 'vitest'
import { exceptionProblem } from './exceptions.ts'
import { laws } from './laws.ts'
import type { Subject } from './subject.ts'

/**
 * Puts a connector under every law. `except` names a law (`contacts: a merge is told from a delete`) and the reason why
 * this vendor cannot keep it; safety laws have no exceptions, and an exception whose law holds after all fails.
 */
export function conformance<Config>(subject: Subject<Config>, except: Readonly<Record<string, string>> = {}): void {
  const all = laws(subject)
  describe(`${subject.connector.name} conforms`, () => {
    test.each(all.filter((law) => !(law.name in except)))('$name', ({ run }) => run())

    test.each(Object.entries(except))('exception: %s', async (name, reason) => {
      expect(await exceptionProblem(all, name, reason)).toBeNull()
    })
  })
}

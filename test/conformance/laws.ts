import { bind, type Law } from './law.ts'
import { honestyLaws } from './laws/honesty.ts'
import { outcomeLaws } from './laws/outcomes.ts'
import { pagingLaws } from './laws/paging.ts'
import { readLaws } from './laws/reads.ts'
import { shapeLaws } from './laws/shapes.ts'
import { webhookLaws } from './laws/webhooks.ts'
import { writeLaws } from './laws/writes.ts'
import type { Subject } from './subject.ts'

export const streamLaws = [...writeLaws, ...outcomeLaws, ...pagingLaws, ...readLaws, ...webhookLaws, ...shapeLaws, ...honestyLaws]

/** Every law that the subject's declared abilities make a matter, once per stream. Each runs by itself, in a sandbox of its own. */
export function laws<Config>(subject: Subject<Config>): Law[] {
  return bind(subject, streamLaws)
}

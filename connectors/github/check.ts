import type { Health } from '@throughline/sdk'
import { classify } from './classify.ts'
import type { Context } from './context.ts'
import { asObject } from './problem.ts'

/** Reads the repository and one issue; the first thing missing is named with its remedy. */
export async function check(context: Context, name: string, signal: AbortSignal): Promise<Health> {
  const answer = await context.client.repository(signal)
  const listed = classify(answer, context.now()).kind === 'ok' ? await context.client.page(ONE, null, signal) : answer
  const verdict = classify(listed, context.now())
  switch (verdict.kind) {
    case 'ok':
      break
    case 'credentials':
      return {
        ok: false,
        why: `GitHub refuses the token: ${verdict.why}`,
        remedy: 'Put a valid token with "Issues: read and write" into the connection',
      }
    case 'missing':
    case 'gone':
      return {
        ok: false,
        why: `The issues of ${name} cannot be read: ${verdict.why}`,
        remedy: 'Check the name, switch issues on, and give the token access to this repository',
      }
    case 'moved':
      return { ok: false, why: `${name} has moved`, remedy: "Put the repository's new name into the connection" }
    case 'garbage':
      return {
        ok: false,
        why: `The address answers, but not as GitHub does: ${verdict.why}`,
        remedy: 'Check baseUrl and any proxy between',
      }
    case 'unchanged':
      return { ok: false, why: 'GitHub answers 304 to a plain question', remedy: 'Check baseUrl and any proxy between' }
    case 'limited':
    case 'later':
    case 'uncertain':
    case 'refused':
      return { ok: false, why: verdict.why, remedy: 'Try again; GitHub status is at https://www.githubstatus.com' }
  }
  const { has_issues: hasIssues, archived, permissions } = asObject(answer.body)
  if (archived === true)
    return { ok: false, why: `${name} is archived`, remedy: 'Unarchive the repository; an archived one takes no writes' }
  if (hasIssues === false)
    return { ok: false, why: `Issues are switched off in ${name}`, remedy: "Switch issues on in the repository's settings" }
  const may = asObject(permissions)
  // An installation's permissions are not told here, so that a lack of push cannot be held against the token.
  const note = permissions === undefined || may.push === true || may.triage === true ? '' : ' (without push access GitHub drops labels)'
  return { ok: true, account: `${name}${note}` }
}

const ONE = { sort: 'created', direction: 'asc', size: 1 } as const

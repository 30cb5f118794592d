import { type Provisioner, type ProvisionStep, type ProvisionTarget, VendorError } from '@throughline/sdk'
import { classify, demand } from './classify.ts'
import type { GithubClient } from './client.ts'
import type { GithubConfig } from './config.ts'
import { asObject } from './problem.ts'
import { type Registration, registrationSteps } from './registration.ts'

/** What the repository, the token and the webhook lack. */
export function provision(config: GithubConfig, client: GithubClient, now: () => number, { hookUrl }: ProvisionTarget): Provisioner {
  return {
    async plan(signal) {
      const answer = await client.repository(signal)
      const early = unreachable(config.repository, answer, now())
      if (early) return early
      const repository = asObject(answer.body)
      const page = typeof repository.html_url === 'string' ? repository.html_url : config.repository
      const registration: Registration = { config, client, now, page, hookUrl }
      return [
        TOKEN,
        repositoryStep(config.repository, repository.archived === true),
        featureStep(page, repository.has_issues !== false),
        await issuesStep(client, now, repository.has_issues !== false, signal),
        pushStep(config.repository, repository.permissions),
        ...(await registrationSteps(registration, signal)),
      ]
    },
  }
}

const TOKEN: ProvisionStep = { id: 'token', title: 'Token', state: 'present', detail: 'GitHub takes it.' }

/** The whole plan where the repository cannot be seen. Throws where nothing could be found out. */
function unreachable(name: string, answer: Parameters<typeof classify>[0], now: number): ProvisionStep[] | null {
  const verdict = classify(answer, now)
  const hidden = (detail: string): ProvisionStep[] => [TOKEN, { id: 'repository', title: 'Repository', state: 'missing', detail }]
  switch (verdict.kind) {
    case 'ok':
      return null
    case 'credentials':
      return [{ ...TOKEN, state: 'missing', detail: `GitHub refuses the token: ${verdict.why}. Put one that it takes into \`token\`.` }]
    case 'missing':
    case 'gone':
      return hidden(
        `GitHub shows no ${name} to this token. Check the name; give a fine-grained token or an app access to this repository (permission Metadata: Read-only), or a classic token the scope repo.`,
      )
    case 'moved':
      return hidden(`${name} has moved or was renamed. Put its new name into \`repository\`.`)
    case 'unchanged':
    case 'limited':
    case 'later':
    case 'uncertain':
    case 'garbage':
    case 'refused':
      demand(answer, now)
      throw new VendorError('retry', 'GitHub did not say what it has')
  }
}

function repositoryStep(name: string, isArchived: boolean): ProvisionStep {
  const step = { id: 'repository', title: 'Repository' }
  if (!isArchived) return { ...step, state: 'present', detail: name }
  return { ...step, state: 'missing', detail: `${name} is archived and takes no writes. Unarchive it in its settings.` }
}

function featureStep(page: string, hasIssues: boolean): ProvisionStep {
  const step = { id: 'issues', title: 'Issues are switched on' }
  if (hasIssues) return { ...step, state: 'present', detail: 'They are.' }
  return { ...step, state: 'missing', detail: `Issues are switched off. Switch them on under ${page}/settings, Features, Issues.` }
}

/** Reading is tried; whether the token may write GitHub says at a write only. */
async function issuesStep(client: GithubClient, now: () => number, hasIssues: boolean, signal: AbortSignal): Promise<ProvisionStep> {
  const step = { id: 'permission.issues', title: 'Permission Issues' }
  if (!hasIssues) return { ...step, state: 'missing', detail: 'Cannot be looked at before issues are switched on.' }
  const answer = await client.page({ sort: 'created', direction: 'asc', size: 1 }, null, signal)
  const { kind } = classify(answer, now())
  if (kind === 'credentials' || kind === 'missing') {
    const detail = 'The token may not read issues. Give it the permission Issues: Read and write (classic token: the scope repo).'
    return { ...step, state: 'missing', detail }
  }
  demand(answer, now())
  return {
    ...step,
    state: 'present',
    detail: 'The token may read issues. Writing needs Issues: Read and write, which only a write can show.',
  }
}

/** An installation's permissions are not told; a person's role is. */
function pushStep(name: string, permissions: unknown): ProvisionStep {
  const step = { id: 'permission.push', title: 'Push access' }
  if (permissions === undefined)
    return {
      ...step,
      state: 'manual',
      detail: 'GitHub does not tell it of this token. An app needs the permission Issues: Read and write.',
    }
  const { push, triage } = asObject(permissions)
  if (push === true || triage === true) return { ...step, state: 'present', detail: 'Labels are kept.' }
  const detail = `Whoever the token stands for has neither push nor triage on ${name}: GitHub would drop labels without a word. Give them the role Triage, Write or above.`
  return { ...step, state: 'missing', detail }
}

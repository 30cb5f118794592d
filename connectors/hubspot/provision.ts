import { type Provisioner, type ProvisionStep, type ProvisionTarget, VendorError } from '@throughline/sdk'
import { classify, demand, type Verdict } from './classify.ts'
import type { HubspotConfig } from './config.ts'
import type { Context } from './context.ts'
import { asArray, asObject, problemOf } from './problem.ts'
import { RECORD_ID } from './record.ts'
import { webhookFile } from './subscriptions.ts'
import type { Answer } from './transport.ts'

/** How many unique properties of its own HubSpot allows each type of object. */
const UNIQUE_LIMIT = 10

/** `contexts`: the streams that something is mapped to. */
export function provision(config: HubspotConfig, contexts: readonly Context[], target: ProvisionTarget): Provisioner {
  return {
    async plan(signal) {
      const token = await tokenStep(contexts, signal)
      if (token.state !== 'present') return [token]
      const steps: ProvisionStep[] = [token]
      for (const context of contexts) steps.push(...(await scopeSteps(context, signal)), await propertyStep(context, signal))
      return [...steps, webhookStep(config, contexts, target)]
    },
  }
}

async function tokenStep([first]: readonly Context[], signal: AbortSignal): Promise<ProvisionStep> {
  const step = { id: 'token', title: 'Access token' }
  if (!first) return { ...step, state: 'present', detail: 'No stream is mapped, so nothing is asked of HubSpot.' }
  const answer = await first.client.page(first.stream.objectType, { properties: [], limit: 1 }, signal)
  if (answer.exchange.status === 401) {
    return {
      ...step,
      state: 'missing',
      detail: 'HubSpot refuses the token. Put the access token of the app, from its Auth tab, into `token`.',
    }
  }
  // Too few scopes are a matter of the next steps.
  if (answer.exchange.status !== 403) demand(answer, first.now())
  return { ...step, state: 'present', detail: 'HubSpot takes it.' }
}

/**
 * What the token may do with objects of one type. There is no call that lists a token's scopes whatever its kind, so it is
 * tried: a page of one, and an update of nothing, which HubSpot refuses for its emptiness once the scope is there.
 */
async function scopeSteps({ client, stream, now }: Context, signal: AbortSignal): Promise<ProvisionStep[]> {
  const type = stream.objectType
  const tried = [
    ['read', 'Read', await client.page(type, { properties: [], limit: 1 }, signal)],
    ['write', 'Write', await client.update(type, [], signal)],
  ] as const
  return tried.map(([verb, title, answer]): ProvisionStep => {
    const step = { id: `scope.${type}.${verb}`, title: `${title} ${type}` }
    const verdict = judged(answer, now())
    if (verdict.kind !== 'credentials') return { ...step, state: 'present', detail: 'The token may.' }
    return { ...step, state: 'missing', detail: grant(answer) }
  })
}

async function propertyStep(context: Context, signal: AbortSignal): Promise<ProvisionStep> {
  const { client, stream, now } = context
  const type = stream.objectType
  const step = { id: `property.${type}.${RECORD_ID}`, title: `Unique property ${RECORD_ID} on ${type}` }
  const answer = await client.property(type, RECORD_ID, signal)
  if (answer.exchange.status === 404) {
    const taken = await uniqueProperties(context, signal)
    if (taken.length >= UNIQUE_LIMIT) {
      const detail = `HubSpot allows ${UNIQUE_LIMIT} unique properties for each type of object, and ${type} have that many already: ${taken.join(', ')}. Archive one that is not needed, then run this again.`
      return { ...step, state: 'manual', detail }
    }
    const detail = `${type} lack the text property ${RECORD_ID} with unique values. It holds the hub's id of each record, so that creating twice makes one object.`
    return { ...step, state: 'missing', detail, apply: (during) => create(context, during) }
  }
  if (judged(answer, now()).kind === 'credentials') return { ...step, state: 'missing', detail: grant(answer) }
  if (asObject(answer.body).hasUniqueValue === true) return { ...step, state: 'present', detail: 'It is there and its values are unique.' }
  const detail = `${type} have a property ${RECORD_ID}, but its values need not be unique, and HubSpot cannot change that afterwards. Archive it (Settings, Properties), then run this again to have it made anew.`
  return { ...step, state: 'manual', detail }
}

async function uniqueProperties({ client, stream, now }: Context, signal: AbortSignal): Promise<string[]> {
  const { results } = demand(await client.properties(stream.objectType, signal), now())
  return asArray(results)
    .map(asObject)
    .filter((property) => property.hasUniqueValue === true && property.hubspotDefined !== true)
    .map((property) => String(property.name))
}

async function create({ client, stream, now }: Context, signal: AbortSignal): Promise<void> {
  const type = stream.objectType
  const answer = await client.createProperty(type, { name: RECORD_ID, groupName: `${stream.event}information` }, signal)
  // Somebody was quicker; planning anew will tell whether it is the right one.
  if (answer.exchange.status === 409) return
  const verdict = classify(answer, now())
  if (verdict.kind === 'credentials') throw new VendorError('unauthorised', grant(answer))
  if (verdict.kind === 'refused') throw new VendorError('reject', `HubSpot does not make ${RECORD_ID} on ${type}: ${verdict.why}`)
  demand(answer, now())
}

function webhookStep({ publicUrl }: HubspotConfig, contexts: readonly Context[], { hookUrl }: ProvisionTarget): ProvisionStep {
  const step = { id: 'webhooks', title: 'Webhook subscriptions', state: 'manual' } as const
  if (hookUrl === null)
    return { ...step, detail: 'The hub has no public URL yet. Give it one, then run this again to see what to subscribe to.' }
  const url = publicUrl === undefined ? hookUrl : publicUrl.replace(/\/+$/, '') + new URL(hookUrl).pathname
  const secure = url.startsWith('https:') ? '' : ' HubSpot sends to https only, so this one will not do.'
  const detail = [
    `HubSpot lets nobody subscribe an app by a static token, so it is done in the app's project, or for a legacy private app in its settings (Webhooks). Target: ${url}.${secure}`,
    'In the project, as src/app/webhooks/webhooks-hsmeta.json, then `hs project upload`; it takes up to five minutes:',
    JSON.stringify(webhookFile(contexts, url), null, 2),
  ]
  return { ...step, detail: detail.join('\n') }
}

/** What an answer means, where anything but a refusal or success leaves nothing to say. */
function judged(answer: Answer, now: number): Verdict {
  const verdict = classify(answer, now)
  if (verdict.kind !== 'ok' && verdict.kind !== 'refused' && verdict.kind !== 'credentials') demand(answer, now)
  return verdict
}

function grant(answer: Answer): string {
  const { scopes } = problemOf(answer.body)
  if (scopes.length === 0) return 'HubSpot refuses it without naming a scope. Look at the scopes of the app.'
  return `The app lacks the scope ${scopes.join(', ')}. Add it to the app and install the app again; a legacy private app needs a new token afterwards.`
}

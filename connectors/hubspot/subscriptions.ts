import type { Context } from './context.ts'
import { isRelated } from './related-fields.ts'

/** Kinds of webhooks that every stream needs, apart from those about single properties. */
const KINDS = ['creation', 'deletion', 'merge', 'restore', 'associationChange'] as const
/** HubSpot refuses subscriptions to these. */
const NOT_SUBSCRIBABLE = new Set(['hs_lastmodifieddate', 'lastmodifieddate', 'num_unique_conversion_events', 'hs_object_id'])

/** One subscription, as a project's webhook file lists it. */
interface Subscription {
  readonly subscriptionType: string
  readonly objectType?: string
  readonly propertyName?: string
  readonly active: true
}

/** The file that subscribes a project app to what these streams need; the vendor has no call for it that a static token may make. */
export function webhookFile(contexts: readonly Context[], targetUrl: string) {
  return {
    uid: 'webhooks',
    type: 'webhooks',
    config: {
      settings: { targetUrl, maxConcurrentRequests: 10 },
      subscriptions: {
        crmObjects: contexts.flatMap(subscriptionsOf),
        // It has no form in the generic format.
        hubEvents: contexts
          .filter(({ stream }) => stream.event === 'contact')
          .map((): Subscription => ({ subscriptionType: 'contact.privacyDeletion', active: true })),
      },
    },
  }
}

/** Properties whose changes must be told: the mapped ones that the vendor lets one subscribe to. */
export function toldProperties({ mapped }: Pick<Context, 'mapped'>): string[] {
  return mapped.filter((name) => !NOT_SUBSCRIBABLE.has(name) && !isRelated(name))
}

function subscriptionsOf(context: Context): Subscription[] {
  const objectType = context.stream.event
  return [
    ...KINDS.map((kind): Subscription => ({ subscriptionType: `object.${kind}`, objectType, active: true })),
    ...toldProperties(context).map((propertyName): Subscription => ({
      subscriptionType: 'object.propertyChange',
      objectType,
      propertyName,
      active: true,
    })),
  ]
}

import { asArray, asObject, asText } from '../shared/json.ts'

/**
 * Ghost's tags whose name begins with `#` are internal: editors see and use them, readers never do. Two kinds are ours.
 * `#campaign Spring` names the campaign; an editor may set it as well. `#throughline-<record id>` marks what we created:
 * Ghost keeps nothing unique that we may choose, its slugs belong to the address that readers see, and it would rather
 * invent another slug than refuse one. A tag survives edits, and posts can be found by it exactly and many at once.
 */
const CAMPAIGN = '#campaign '
const MARK = '#throughline-'

export interface Tag {
  readonly name: string
  readonly slug?: string
}

export function campaignOf(tags: unknown): string | null {
  return (
    namesOf(tags)
      .find((name) => name.startsWith(CAMPAIGN))
      ?.slice(CAMPAIGN.length)
      .trim() || null
  )
}

export function recordIdOf(tags: unknown): string | null {
  return (
    namesOf(tags)
      .find((name) => name.startsWith(MARK))
      ?.slice(MARK.length) || null
  )
}

export function markFor(recordId: string): Tag {
  return { name: MARK + recordId, slug: markSlug(recordId) }
}

/** Ghost writes `#` in a slug as `hash-`. */
export function markSlug(recordId: string): string {
  return `hash-throughline-${recordId.toLowerCase()}`
}

/** All tags that a post is to have: Ghost replaces the list, so what is there stays in it. */
export function withCampaign(tags: unknown, campaign: string | null): readonly unknown[] {
  const others = asArray(tags).filter((tag) => !(asText(asObject(tag).name) ?? '').startsWith(CAMPAIGN))
  return campaign === null ? others : [...others, { name: CAMPAIGN + campaign }]
}

function namesOf(tags: unknown): string[] {
  return asArray(tags).flatMap((tag) => asText(asObject(tag).name) ?? [])
}

import { seededRandom } from '@throughline/sdk/sandbox'

export interface SeedOrder {
  readonly articles?: number
  readonly seed?: number
}

export interface SeedArticle {
  readonly title: string
  readonly slug: string
  readonly summary: string
  readonly campaign: string | null
}

const TOPICS = ['Two-way sync', 'Audit trails', 'Quiet hours', 'Field notes', 'A year of webhooks', 'Merging people', 'Small teams']
const CAMPAIGNS = ['Spring', 'Autumn', 'Launch', null]

/** Made-up articles; equal seeds, equal articles. */
export function seedArticles({ articles = 10, seed = 1 }: SeedOrder): SeedArticle[] {
  const random = seededRandom(seed)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
  return Array.from({ length: articles }, (_, n) => {
    const topic = pick(TOPICS)
    const slug = `${topic.toLowerCase().replaceAll(' ', '-')}-${n + 1}`
    return { title: `${topic}, part ${n + 1}`, slug, summary: `What we learnt about ${topic.toLowerCase()}.`, campaign: pick(CAMPAIGNS) }
  })
}

import type { Done } from './acts.ts'

const CAMPAIGNS = ['Spring', 'Autumn', 'Launch']

/** An editor publishes an article in the content system, whichever stands there. */
export async function articlePublished(url: string): Promise<Done> {
  const mark = Date.now().toString(36)
  const campaign = `${CAMPAIGNS[Math.floor(Math.random() * CAMPAIGNS.length)]!} ${new Date().toISOString().slice(11, 19)}`
  const title = `Two-way sync, issue ${mark}`
  const slug = `two-way-sync-${mark}`
  const { name } = (await (await fetch(`${url}/_sandbox/health`)).json()) as { name: string }
  const row =
    name === 'Ghost'
      ? { title, slug, custom_excerpt: 'How it works.', status: 'published', tags: [{ name: `#campaign ${campaign}` }] }
      : { title, slug, summary: 'How it works.', campaign }
  const response = await fetch(`${url}/_sandbox/plant`, { method: 'POST', body: JSON.stringify({ rows: [row], published: true }) })
  if (!response.ok) throw new Error(`the ${name} sandbox answered ${response.status}: ${(await response.text()).slice(0, 200)}`)
  const [id] = (await response.json()) as string[]
  return { id: id!, said: `${name}: published "${title}" for the campaign ${campaign}`, field: { name: 'campaign', value: campaign } }
}

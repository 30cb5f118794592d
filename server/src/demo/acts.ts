import { articlePublished } from './articles.ts'
import { issueOpened, ticketChanged } from './tickets.ts'
import { changeContact, createLead } from './vendor.ts'
import type { SystemName } from './systems.ts'

/** Something that a person did in one system. */
export interface Done {
  /** Its id there. */
  readonly id: string
  /** For the person at the terminal. */
  readonly said: string
  /** The field by which its arrival is known; without one, being there is enough. */
  readonly field?: { readonly name: string; readonly value: string }
}

export interface Act {
  readonly at: SystemName
  readonly to: readonly SystemName[]
  run(url: string): Promise<Done>
}

/** What `trigger` can do, by name. */
export const ACTS: Readonly<Record<string, Act>> = {
  'lead.created': {
    at: 'hubspot',
    to: ['salesforce'],
    async run(url) {
      const { id, name } = await createLead(url)
      return { id, said: `HubSpot: created contact ${id}, ${name}` }
    },
  },
  'contact.changed': {
    at: 'hubspot',
    to: ['salesforce'],
    async run(url) {
      const { id, name, jobTitle } = await changeContact(url)
      return {
        id,
        said: `HubSpot: job title is now "${jobTitle}" for contact ${id}, ${name}`,
        field: { name: 'jobTitle', value: jobTitle },
      }
    },
  },
  'issue.opened': { at: 'github', to: ['salesforce', 'hubspot'], run: issueOpened },
  'ticket.changed': { at: 'hubspot', to: ['salesforce', 'github'], run: ticketChanged },
  'article.published': { at: 'cms', to: ['salesforce'], run: articlePublished },
}

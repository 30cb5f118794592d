import { createStream } from './stream.ts'

/**
 * Campaigns that stand for articles: those that the hub has made. An org's other campaigns are not writing, so they are shown
 * to nobody; otherwise each of them would turn up as a draft in the content system.
 */
export const campaigns = createStream('article', 'Campaign', {
  merge: { because: 'Salesforce has no merging of campaigns.' },
  ownOnly: true,
  cuts: { Name: 80 },
})

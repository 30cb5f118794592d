import { createStream } from './stream.ts'

export const opportunities = createStream('deal', 'Opportunity', {
  merge: { because: 'Salesforce has no merging of opportunities.' },
  insists: { StageName: 'Prospecting' },
})

import { createStream } from './stream.ts'

export const contacts = createStream({
  entity: 'person',
  objectType: 'contacts',
  objectTypeId: '0-1',
  event: 'contact',
  modified: 'lastmodifieddate',
  // A contact may have further addresses, each as unique as the first.
  keys: { email: 'hs_additional_emails' },
  always: ['email', 'hs_additional_emails'],
})

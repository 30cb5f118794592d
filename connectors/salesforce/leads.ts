import { createStream } from './stream.ts'

/**
 * A converted lead lives on as a contact and an account, can no longer be written and is shown to nobody: it counts as deleted.
 * The fields of its conversion say what it became; they are other streams' ids.
 */
export const leads = createStream('person', 'Lead', {
  merge: true,
  fate: ['IsConverted', 'ConvertedContactId', 'ConvertedAccountId', 'ConvertedOpportunityId'],
  living: 'IsConverted = false',
})

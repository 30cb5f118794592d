import { createStream } from './stream.ts'

export const tickets = createStream({
  entity: 'ticket',
  objectType: 'tickets',
  objectTypeId: '0-5',
  event: 'ticket',
  modified: 'hs_lastmodifieddate',
})

import { createStream } from './stream.ts'

export const companies = createStream({
  entity: 'company',
  objectType: 'companies',
  objectTypeId: '0-2',
  event: 'company',
  modified: 'hs_lastmodifieddate',
})

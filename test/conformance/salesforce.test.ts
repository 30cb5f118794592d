import { conformance } from './conformance.ts'
import { salesforceSubject } from './subjects/salesforce.ts'

conformance(salesforceSubject, {
  'opportunities: null clears a field, and only that': 'The only text of a deal is its name, and Salesforce insists on one.',
})

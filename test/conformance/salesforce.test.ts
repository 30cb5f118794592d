import { conformance } from './conformance.ts'
import { salesforceSubject } from './subjects/salesforce.ts'

conformance(salesforceSubject)

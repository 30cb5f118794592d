import { conformance } from './conformance.ts'
import { hubspotSubject } from './subjects/hubspot.ts'

conformance(hubspotSubject)

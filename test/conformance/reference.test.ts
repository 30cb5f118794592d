import { conformance } from './conformance.ts'
import { referenceSubject } from './reference/subject.ts'

conformance(referenceSubject())

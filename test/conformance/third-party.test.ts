import { conformance } from './conformance.ts'
import { acmeDeskSubject } from './third-party/subject.ts'

conformance(acmeDeskSubject)

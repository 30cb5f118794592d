import { conformance } from './conformance.ts'
import { directusSubject, wordpressSubject } from './subjects/declared.ts'

conformance(directusSubject)
conformance(wordpressSubject)

import { conformance } from './conformance.ts'
import { githubSubject } from './subjects/github.ts'

conformance(githubSubject)

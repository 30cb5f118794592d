import { createStream } from './stream.ts'

export const cases = createStream('ticket', 'Case')

import { createStream } from './stream.ts'

export const accounts = createStream('company', 'Account')

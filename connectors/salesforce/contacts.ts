import { createStream } from './stream.ts'

export const contacts = createStream('person', 'Contact')

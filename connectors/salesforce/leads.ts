import { createStream } from './stream.ts'

export const leads = createStream('person', 'Lead')

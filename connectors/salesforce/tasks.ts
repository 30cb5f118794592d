import { createStream } from './stream.ts'

/** Tasks closed for a year are archived: they stay, but ordinary queries no longer show them. */
export const tasks = createStream('task', 'Task', {
  merge: { because: 'Salesforce has no merging of tasks.' },
  archives: true,
  days: ['ActivityDate'],
  insists: { Status: null, Priority: null },
})

import { parseArgs } from 'node:util'
import { serveSalesforce } from './index.ts'

const { values } = parseArgs({ options: { port: { type: 'string', default: '4802' }, 'daily-limit': { type: 'string' } } })
const limit = values['daily-limit']
const sandbox = await serveSalesforce(Number(values.port), limit === undefined ? {} : { dailyLimit: Number(limit) })
process.stdout.write(`${JSON.stringify({ name: 'salesforce', url: sandbox.url })}\n`)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void sandbox.close().then(() => process.exit(0)))

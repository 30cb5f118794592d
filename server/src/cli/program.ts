import { Command, CommanderError } from 'commander'
import { addConnect } from './commands/connect.ts'
import { addConnections } from './commands/connections.ts'
import { addConsole } from './commands/console.ts'
import { addDeliveries } from './commands/deliveries.ts'
import { addDemo } from './commands/demo.ts'
import { addDoctor } from './commands/doctor.ts'
import { addInit } from './commands/init.ts'
import { addStart } from './commands/start.ts'
import { addStatus } from './commands/status.ts'
import { addTrigger } from './commands/trigger.ts'
import { complain } from './output.ts'

/** Runs one command line and sets the exit code: 0 clean, 1 findings, 2 could not tell. */
export async function run(argv: readonly string[]): Promise<void> {
  const program = new Command('throughline')
    .description('A self-hosted integration hub: two-way sync that neither loses nor doubles.')
    .version('0.1.0')
    .showSuggestionAfterError()
    .showHelpAfterError('See: npm run tl -- --help')
    .exitOverride()
  for (const add of [addDemo, addStart, addInit, addDoctor, addStatus, addConsole, addConnect, addTrigger, addDeliveries, addConnections])
    add(program)
  try {
    await program.parseAsync([...argv])
  } catch (error) {
    if (error instanceof CommanderError) {
      // commander has said it already.
      process.exitCode = error.exitCode === 0 ? 0 : 2
      return
    }
    complain(error)
    process.exitCode = 2
  }
}

import { Command, CommanderError } from 'commander'
import { complain } from './output.ts'

type Add = (program: Command) => void

/** Loaded when they are run: some bring every connector, and a person waits for each. The help needs them all. */
const COMMANDS: Readonly<Record<string, () => Promise<Add>>> = {
  demo: async () => (await import('./commands/demo.ts')).addDemo,
  start: async () => (await import('./commands/start.ts')).addStart,
  init: async () => (await import('./commands/init.ts')).addInit,
  doctor: async () => (await import('./commands/doctor.ts')).addDoctor,
  status: async () => (await import('./commands/status.ts')).addStatus,
  console: async () => (await import('./commands/console.ts')).addConsole,
  connect: async () => (await import('./commands/connect.ts')).addConnect,
  trigger: async () => (await import('./commands/trigger.ts')).addTrigger,
  deliveries: async () => (await import('./commands/deliveries.ts')).addDeliveries,
  connections: async () => (await import('./commands/connections.ts')).addConnections,
}

/** Runs one command line and sets the exit code: 0 clean, 1 findings, 2 could not tell. */
export async function run(argv: readonly string[]): Promise<void> {
  const program = new Command('throughline')
    .description('A self-hosted integration hub: two-way sync that neither loses nor doubles.')
    .version('0.1.0')
    .showSuggestionAfterError()
    .showHelpAfterError('See: npm run tl -- --help')
    .exitOverride()
  const name = argv[2] ?? ''
  const wanted = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  for (const load of wanted ? [wanted] : Object.values(COMMANDS)) (await load())(program)
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

import { Option, type Command } from 'commander'
import type { Where } from './client.ts'
import type { Format } from './output.ts'

export interface Asked extends Where {
  readonly format: Format
}

/** Options of every command that talks to a running hub. */
export function toHub(command: Command): Command {
  return command
    .addOption(new Option('--format <format>', 'how to print the result').choices(['text', 'json']).default('text'))
    .option('--config <file>', 'the hub of this configuration')
    .option('--endpoint <file>', 'the hub that wrote this file')
}

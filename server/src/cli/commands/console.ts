import type { Command } from 'commander'
import { connectToHub } from '../client.ts'
import { toHub, type Asked } from '../options.ts'
import { print } from '../output.ts'

export function addConsole(program: Command): void {
  toHub(program.command('console').description('print an address that logs in to the console, once')).action(async (asked: Asked) => {
    const answer = await (await connectToHub(asked)).post<{ url: string }>('/v1/console-codes')
    print(asked.format === 'json' ? JSON.stringify(answer) : answer.url)
  })
}

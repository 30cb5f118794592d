import type { Command } from 'commander'
import { connectToHub } from '../client.ts'
import { toHub, type Asked } from '../options.ts'
import { print } from '../output.ts'

export function addConnections(program: Command): void {
  const group = program.command('connections').description('pause and resume a system')
  toHub(group.command('pause').description('park deliveries, reads and polls; webhooks are still taken in').argument('<name>'))
    .option('--reason <text>', 'why', 'paused on the command line')
    .action(async (name: string, asked: Asked & { readonly reason: string }) => {
      const shown = await (await connectToHub(asked)).post(`/v1/connections/${encodeURIComponent(name)}/pause`, { reason: asked.reason })
      print(
        asked.format === 'json'
          ? JSON.stringify(shown, null, 2)
          : `✔ ${name} is paused. Go on with: npm run tl -- connections resume ${name}`,
      )
    })
  toHub(group.command('resume').description('go on').argument('<name>')).action(async (name: string, asked: Asked) => {
    const shown = await (await connectToHub(asked)).post(`/v1/connections/${encodeURIComponent(name)}/resume`)
    print(asked.format === 'json' ? JSON.stringify(shown, null, 2) : `✔ ${name} goes on.`)
  })
}

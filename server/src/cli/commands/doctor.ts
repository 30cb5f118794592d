import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { loadRegistry } from '@throughline/contracts'
import { Option, type Command } from 'commander'
import { loadConfig, type Config } from '../../config.ts'
import { createEgress, type Egress } from '../../egress/index.ts'
import { library } from '../../registry.ts'
import { ioOf, setupsOf } from '../../setups.ts'
import { green, print, red, type Format } from '../output.ts'

interface Finding {
  readonly what: string
  readonly ok: boolean
  readonly detail: string
}

const CHECK_MS = 10_000

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check this machine, the configuration, and whether each system answers')
    .option('--config <file>', 'the configuration', 'throughline.yaml')
    .addOption(new Option('--format <format>', 'how to print the result').choices(['text', 'json']).default('text'))
    .action(async (options: { readonly config: string; readonly format: Format }) => {
      const findings = await examine(options.config)
      process.exitCode = findings.every((finding) => finding.ok) ? 0 : 1
      if (options.format === 'json') return print(JSON.stringify(findings, null, 2))
      for (const { what, ok, detail } of findings) print(`${ok ? green('✔') : red('✘')} ${what}  ${detail}`)
    })
}

async function examine(file: string): Promise<Finding[]> {
  const major = Number(process.versions.node.split('.')[0])
  const findings: Finding[] = [
    { what: 'Node', ok: major >= 24, detail: major >= 24 ? process.version : `${process.version}; 24 is needed` },
  ]
  if (!existsSync(file)) {
    const detail = `there is no ${file}; the demo needs none (npm start), "npm run tl -- init" writes one`
    return [...findings, { what: 'Configuration', ok: true, detail }]
  }
  let config: Config
  let setups: ReturnType<typeof setupsOf>
  let egress: Egress
  const refusals: string[] = []
  try {
    config = await loadConfig(file, library, process.env)
    egress = createEgress({ ...config.egress, refused: (why) => refusals.push(why) })
    setups = setupsOf(config.connections, config.secrets().configs, loadRegistry(), egress)
    findings.push({ what: 'Configuration', ok: true, detail: config.file })
  } catch (error) {
    return [...findings, { what: 'Configuration', ok: false, detail: error instanceof Error ? error.message : 'cannot be read' }]
  }
  const { host, port } = config.listen
  const isFree = await canListen(host, port)
  findings.push({ what: 'Port', ok: true, detail: `${host}:${port} ${isFree ? 'is free' : 'is in use, by this hub or another program'}` })
  for (const setup of setups) {
    refusals.length = 0
    const remote = setup.connector.connect(setup.config, ioOf(setup))
    try {
      const health = await remote.check(AbortSignal.timeout(CHECK_MS))
      findings.push({
        what: setup.name,
        ok: health.ok,
        detail: health.ok ? health.account : (refusals.at(-1) ?? `${health.why}. ${health.remedy}`),
      })
    } catch (error) {
      findings.push({
        what: setup.name,
        ok: false,
        detail: refusals.at(-1) ?? `${error instanceof Error ? error.message : 'no answer'}. Check its address.`,
      })
    }
  }
  await egress.close()
  return findings
}

function canListen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, host, () => server.close(() => resolve(true)))
  })
}

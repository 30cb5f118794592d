import { relative } from 'node:path'
import { bold, dim, green, print, say } from '../cli/output.ts'
import { ended } from '../cli/signals.ts'
import { demoFolder } from './folder.ts'
import { startDemoHub, type Placed } from './hub.ts'
import { demoPorts, freePort } from './ports.ts'
import { showProgress } from './progress.ts'
import { startSandbox, type SandboxProcess } from './sandboxes.ts'
import { demoSystems, type CmsKind, type DemoSystem } from './systems.ts'

export interface DemoOptions {
  readonly people: number
  readonly seed: number
  readonly cms: CmsKind
}

type Running = Placed & { readonly sandbox: SandboxProcess }

const tick = green('✔')

/** Stand-ins, a hub between them, something in each of them; then it keeps running until it is asked to end. */
export async function runDemo(options: DemoOptions): Promise<void> {
  const began = Date.now()
  const systems = demoSystems(options.cms)
  const ports = demoPorts(process.env, systems)
  const port = await freePort(ports.hub)
  const stopped = ended()
  const stopping = new AbortController()
  void stopped.then(() => stopping.abort())
  const closing: (() => Promise<void>)[] = []
  try {
    const placed = await place(systems, ports.sandboxes, closing)
    print(`${tick} Sandboxes  ${placed.map(({ system, url }) => `${system.title} ${url.replace('http://127.0.0.1', '')}`).join('  ')}`)
    if (options.people > 0) print(`${tick} Seeded  ${await seed(placed, options)}   ${dim(`seed ${options.seed}`)}`)
    const folder = demoFolder(process.env, port)
    const hub = await startDemoHub(folder, port, placed)
    closing.unshift(hub.close)
    for (const { system, sandbox } of placed)
      if (system.sendsWebhooks) await sandbox.admin('webhooks', { target: `${hub.url}/hooks/${system.name}` })
    print(`${tick} Hub ready in ${((Date.now() - began) / 1_000).toFixed(1)} s`)
    print(`  Console   ${bold(hub.consoleUrl)}   ${dim('logs in once')}`)
    print(`  API docs  ${hub.url}/docs`)
    print('  DEMO ONLY: no real system is contacted.')
    if (options.people > 0) {
      const carried = await showProgress(hub.running.watch, options.people, stopping.signal)
      if (carried)
        print(
          `${tick} ${carried.records.toLocaleString('en')} records in step after ${carried.seconds.toFixed(1)} s, ${carried.receipts.toLocaleString('en')} writes confirmed`,
        )
      else if (!stopping.signal.aborted) say('Still busy; the console shows with what.')
    }
    print(`Try:  npm run tl -- trigger issue.opened    npm run tl -- status    npm run tl -- demo break salesforce`)
    print(dim(`It keeps running; Ctrl-C ends it. Database and log: ${relative(process.cwd(), folder) || folder}`))
    await stopped
    say('Stopping.')
  } finally {
    for (const close of closing) await close().catch((error: unknown) => say(`While stopping: ${String(error)}`))
  }
}

async function place(
  systems: readonly DemoSystem[],
  ports: Readonly<Record<string, number>>,
  closing: (() => Promise<void>)[],
): Promise<readonly Running[]> {
  const started = await Promise.allSettled(systems.map(({ name, args }) => startSandbox(name, ports[name]!, args)))
  for (const one of started) if (one.status === 'fulfilled') closing.push(one.value.stop)
  const failed = started.find((one) => one.status === 'rejected')
  if (failed) throw failed.reason
  return systems.map((system, i) => {
    const sandbox = (started[i] as PromiseFulfilledResult<SandboxProcess>).value
    return { system, sandbox, url: sandbox.url }
  })
}

async function seed(placed: readonly Running[], options: DemoOptions): Promise<string> {
  const said: string[] = []
  for (const { system, sandbox } of placed) {
    for (const { verb, input, says } of system.seed(options.people, options.seed)) {
      await sandbox.admin(verb, input)
      said.push(`${says} in ${system.title}`)
    }
  }
  return said.join(', ')
}

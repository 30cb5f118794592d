import { relative } from 'node:path'
import { bold, dim, green, print, say } from '../cli/output.ts'
import { ended } from '../cli/signals.ts'
import { demoFolder } from './folder.ts'
import { startDemoHub } from './hub.ts'
import { demoPorts, freePort } from './ports.ts'
import { showProgress } from './progress.ts'
import { startSandbox, type SandboxProcess } from './sandboxes.ts'

export interface DemoOptions {
  readonly people: number
  readonly seed: number
}

const tick = green('✔')

/** Two stand-ins, a hub between them, people in one of them; then it keeps running until it is asked to end. */
export async function runDemo(options: DemoOptions): Promise<void> {
  const began = Date.now()
  const ports = demoPorts(process.env)
  const port = await freePort(ports.hub)
  const stopped = ended()
  const stopping = new AbortController()
  void stopped.then(() => stopping.abort())
  const closing: (() => Promise<void>)[] = []
  try {
    const started = await Promise.allSettled([startSandbox('hubspot', ports.hubspot), startSandbox('salesforce', ports.salesforce)])
    for (const one of started) if (one.status === 'fulfilled') closing.push(one.value.stop)
    const failed = started.find((one) => one.status === 'rejected')
    if (failed) throw failed.reason
    const [hubspot, salesforce] = started.map((one) => (one as PromiseFulfilledResult<SandboxProcess>).value) as [
      SandboxProcess,
      SandboxProcess,
    ]
    print(`${tick} Sandboxes HubSpot, Salesforce   ${hubspot.url}  ${salesforce.url}`)
    if (options.people > 0) {
      const seeded = await hubspot.admin<{ people: number }>('seed', { people: options.people, seed: options.seed })
      print(`${tick} ${seeded.people.toLocaleString('en')} people seeded in HubSpot    ${dim(`seed ${options.seed}; Salesforce is empty`)}`)
    }
    const folder = demoFolder(process.env, port)
    const hub = await startDemoHub(folder, port, { hubspot: hubspot.url, salesforce: salesforce.url })
    closing.unshift(hub.close)
    await hubspot.admin('webhooks', { target: `${hub.url}/hooks/hubspot` })
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
    print(`Try:  npm run tl -- trigger lead.created    npm run tl -- status    npm run tl -- demo break salesforce`)
    print(dim(`It keeps running; Ctrl-C ends it. Database and log: ${relative(process.cwd(), folder) || folder}`))
    await stopped
    say('Stopping.')
  } finally {
    for (const close of closing) await close().catch((error: unknown) => say(`While stopping: ${String(error)}`))
  }
}

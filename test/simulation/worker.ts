import { parentPort, workerData } from 'node:worker_threads'
import { loadCore } from './core.ts'
import { simulate } from './world.ts'

const { home } = workerData as { readonly home: string | undefined }
const loading = loadCore(home === undefined ? undefined : new URL(home))

parentPort!.on('message', (seed: number) => {
  void loading.then((core) => simulate(core, seed)).then((outcome) => parentPort!.postMessage(outcome))
})

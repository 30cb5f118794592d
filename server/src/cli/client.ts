import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { demoFolder } from '../demo/folder.ts'
import { endpointFile, readEndpoint, type Endpoint } from '../endpoint.ts'
import { OperatorError } from '../fault.ts'

export interface Client {
  readonly endpoint: Endpoint
  get<T>(path: string): Promise<T>
  post<T>(path: string, body?: unknown): Promise<T>
}

export interface Where {
  readonly endpoint?: string | undefined
  readonly config?: string | undefined
}

const WAIT_MS = 15_000

/** Talks to the running hub: the one `--endpoint` names, that of the configuration, or else the demo. */
export async function connectToHub(where: Where): Promise<Client> {
  const candidates = await endpointCandidates(where)
  const found = candidates.map((file) => ({ file, endpoint: readEndpoint(file) })).find((one) => one.endpoint !== null)
  if (!found)
    throw new OperatorError('No hub is running here', {
      where: candidates.join(' or '),
      why: 'a running hub leaves its address there, and there is none',
      next: 'Start one: "npm start" for the demo, "npm run tl -- start" for a configured one.',
    })
  const endpoint = found.endpoint!

  async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
    let response: Response
    try {
      response = await fetch(endpoint.url + path, {
        method,
        headers: { authorization: `Bearer ${endpoint.token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        signal: AbortSignal.timeout(WAIT_MS),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
    } catch (cause) {
      throw new OperatorError('The hub does not answer', {
        where: `${endpoint.url} (from ${found!.file})`,
        why: cause instanceof Error && cause.name === 'TimeoutError' ? `no answer within ${WAIT_MS / 1_000} s` : 'nothing listens there',
        next: 'Start it again: "npm start" for the demo, "npm run tl -- start" for a configured one.',
        cause,
      })
    }
    const answer = (await response.json()) as T & { title?: string; detail?: string }
    if (response.ok) return answer
    throw new OperatorError(answer.title ?? `The hub answered ${response.status}`, {
      where: `${method} ${endpoint.url}${path}`,
      why: answer.detail ?? `status ${response.status}`,
      next: response.status === 404 ? 'List what there is: npm run tl -- status' : 'Check the command: npm run tl -- --help',
    })
  }

  return { endpoint, get: (path) => call('GET', path), post: (path, body) => call('POST', path, body) }
}

async function endpointCandidates(where: Where): Promise<string[]> {
  const named = where.endpoint ?? process.env['THROUGHLINE_ENDPOINT']
  if (named !== undefined && named !== '') return [resolve(named)]
  const demo = endpointFile(`file:${resolve(demoFolder(process.env), 'hub.db')}`, '')
  const config = resolve(where.config ?? 'throughline.yaml')
  if (where.config === undefined && !existsSync(config)) return [demo]
  // The connectors it names are behind these, which most commands can do without.
  const [{ loadConfig }, { library }] = await Promise.all([import('../config.ts'), import('../registry.ts')])
  const own = endpointFile((await loadConfig(config, library, process.env)).database, dirname(config))
  return where.config === undefined ? [own, demo] : [own]
}

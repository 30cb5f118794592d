import { http, HttpResponse } from 'msw'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { serveSandbox, type Sandbox } from './index.ts'

let things: string[] = []
let sandbox: Sandbox

beforeEach(async () => {
  things = []
  sandbox = await serveSandbox(
    {
      name: 'toy',
      handlers: [
        http.get('*/v1/things', () => HttpResponse.json(things)),
        http.post('*/v1/things', async ({ request }) => {
          things.push(await request.text())
          return HttpResponse.json({ ok: true }, { status: 201 })
        }),
        http.get('*/v1/broken', () => {
          throw new Error('a bug of the sandbox')
        }),
      ],
      errorBody: (status) => ({ body: { toyError: status }, headers: { 'x-toy': 'yes' } }),
      isWrite: (call) => call.startsWith('POST'),
      admin: { count: () => things.length, echo: (input) => input },
    },
    0,
  )
})
afterEach(() => sandbox.close())

const add = (body: string) => fetch(`${sandbox.url}/v1/things`, { method: 'POST', body })
const admin = (path: string, init?: RequestInit) => fetch(`${sandbox.url}/_sandbox/${path}`, init)

describe('routing', () => {
  it('serves the handlers and counts reads and writes by shape', async () => {
    expect((await add('a')).status).toBe(201)
    expect(await (await fetch(`${sandbox.url}/v1/things`)).json()).toEqual(['a'])
    await fetch(`${sandbox.url}/v1/things/17`)
    expect(sandbox.calls).toEqual({
      writes: 1,
      reads: 2,
      byCall: { 'POST /v1/things': 1, 'GET /v1/things': 1, 'GET /v1/things/:id': 1 },
    })
    await admin('calls', { method: 'DELETE' })
    expect(sandbox.calls).toEqual({ writes: 0, reads: 0, byCall: {} })
  })

  it('answers 501 on an unknown route and names it', async () => {
    const answer = await fetch(`${sandbox.url}/v1/elsewhere`, { method: 'PUT' })
    expect(answer.status).toBe(501)
    expect(await answer.json()).toEqual({ error: 'The toy sandbox does not know PUT /v1/elsewhere' })
  })

  it('runs admin verbs, refuses unknown ones and unreadable input', async () => {
    await add('a')
    expect(await (await admin('count', { method: 'POST' })).json()).toBe(1)
    expect(await (await admin('echo', { method: 'POST', body: '{"a":1}' })).json()).toEqual({ a: 1 })
    expect((await admin('nonsense', { method: 'POST' })).status).toBe(404)
    expect((await admin('echo', { method: 'POST', body: '{' })).status).toBe(400)
    expect((await admin('faults', { method: 'PUT', body: '[{"kind":"dropBefore","match":"("}]' })).status).toBe(400)
    expect(sandbox.calls.writes).toBe(1)
  })

  it('answers 500 when a handler throws', async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => {})
    expect((await fetch(`${sandbox.url}/v1/broken`)).status).toBe(500)
    said.mockRestore()
  })

  it('leaves the global Request and Response as they were', () => {
    expect(new Response(null)).toBeInstanceOf(globalThis.Response)
    expect(Object.getOwnPropertySymbols(new Response('x')).map(String)).not.toContain('Symbol(cache)')
  })
})

describe('faults', () => {
  it('dropBefore hangs up without an effect', async () => {
    sandbox.faults.set([{ kind: 'dropBefore', times: 1 }])
    await expect(add('lost')).rejects.toThrow()
    expect(things).toEqual([])
    expect((await add('next')).status).toBe(201)
  })

  it('dropAfter takes effect, then hangs up, and says nothing on the console', async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => {})
    sandbox.faults.set([{ kind: 'dropAfter', times: 1 }])
    await expect(add('landed')).rejects.toThrow()
    expect(things).toEqual(['landed'])
    expect((await add('next')).status).toBe(201)
    expect(said).not.toHaveBeenCalled()
    said.mockRestore()
  })

  it('hangs up on one connection only', async () => {
    sandbox.faults.set([{ kind: 'dropAfter', match: '^POST' }])
    const reads = Array.from({ length: 5 }, () => fetch(`${sandbox.url}/v1/things`))
    const writes = Array.from({ length: 5 }, (_, index) => add(String(index)))
    expect((await Promise.allSettled(writes)).map((result) => result.status)).toEqual(Array(5).fill('rejected'))
    expect((await Promise.all(reads)).map((answer) => answer.status)).toEqual(Array(5).fill(200))
    expect(things.toSorted()).toEqual(['0', '1', '2', '3', '4'])
  })

  it('status answers in the shape of the vendor and does not work', async () => {
    sandbox.faults.set([{ kind: 'status', status: 503, times: 1, headers: { 'retry-after': '7' } }])
    const answer = await add('refused')
    expect([answer.status, answer.headers.get('retry-after'), answer.headers.get('x-toy')]).toEqual([503, '7', 'yes'])
    expect(await answer.json()).toEqual({ toyError: 503 })
    expect(things).toEqual([])
  })

  it('garbage takes effect and answers 200 with HTML', async () => {
    sandbox.faults.set([{ kind: 'garbage', times: 1 }])
    const answer = await add('a')
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')])
    expect(things).toEqual(['a'])
  })

  it('delay waits, then works', async () => {
    sandbox.faults.set([{ kind: 'delay', ms: 60, times: 1 }])
    const began = performance.now()
    expect((await add('a')).status).toBe(201)
    expect(performance.now() - began).toBeGreaterThanOrEqual(55)
  })

  it('stallAfter takes effect, announces it, and answers later', async () => {
    sandbox.faults.set([{ kind: 'stallAfter', ms: 120, times: 1 }])
    let answered = false
    const write = add('a').then(() => {
      answered = true
    })
    expect(await (await admin('stalled')).json()).toEqual({ call: 'POST /v1/things' })
    expect([things, answered]).toEqual([['a'], false])
    await write
  })

  it('announces a stall that happened before anybody asked, once', async () => {
    sandbox.faults.set([{ kind: 'stallAfter', ms: 1, times: 1 }])
    await add('a')
    expect(await (await admin('stalled')).json()).toEqual({ call: 'POST /v1/things' })
    await expect(admin('stalled', { signal: AbortSignal.timeout(50) })).rejects.toThrow()
  })

  it('forgets an unasked stall when the faults are set anew', async () => {
    sandbox.faults.set([{ kind: 'stallAfter', ms: 1, times: 1 }])
    await add('a')
    await admin('faults', { method: 'DELETE' })
    await expect(admin('stalled', { signal: AbortSignal.timeout(50) })).rejects.toThrow()
  })

  it('keeps match, skip and times', async () => {
    sandbox.faults.set([{ kind: 'status', status: 500, match: '^POST /v1/things$', skip: 1, times: 2 }])
    expect((await fetch(`${sandbox.url}/v1/things`)).status).toBe(200)
    const seen: number[] = []
    for (let index = 0; index < 5; index += 1) seen.push((await add('x')).status)
    expect(seen).toEqual([201, 500, 500, 201, 201])
    expect(await (await admin('faults')).json()).toEqual([])
  })
})

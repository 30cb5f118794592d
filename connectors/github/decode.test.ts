import type { RawRecord } from '@throughline/sdk'
import { describe, expect, it } from 'vitest'
import { labelDelta, valueIn } from './labels.ts'
import { mark, unmark } from './marker.ts'
import { decode, encode, recordOf } from './record.ts'

const raw = (body: unknown): RawRecord => ({ id: '1', state: 'live', modifiedAt: 0, modifiedText: null, actor: null, body })
const issue = { number: 1, title: 'T', body: null, state: 'open', labels: [] as unknown[] }

describe('the marker', () => {
  it.each(['', 'text', 'ends\n', 'ends\r\n\r\n', '<!-- a comment -->', 'said <!-- throughline:another --> above', ' \n '])(
    'goes on and comes off %j without a trace',
    (text) => {
      expect(unmark(mark(text, 'r1'))).toEqual({ text, recordId: 'r1' })
    },
  )

  it('is found where somebody wrote after it, and with the line ends of the web form', () => {
    expect(unmark('text\r\n\r\n<!-- throughline:r1 -->\r\nmore')).toEqual({ text: 'text\r\nmore', recordId: 'r1' })
    expect(unmark('plain')).toEqual({ text: 'plain', recordId: null })
  })
})

describe('labels', () => {
  it('speak for status and priority, the most pressing first, in any case', () => {
    const labels = [{ name: 'Priority:Low' }, 'priority:urgent', { name: 'status:waiting' }, { name: 'bug' }]
    expect(decode(raw({ ...issue, labels }))).toMatchObject({ priority: 'urgent', status: 'waiting' })
    expect(decode(raw({ ...issue, labels, state: 'closed' }))).toMatchObject({ status: 'closed' })
    expect(decode(raw({ ...issue, labels: [{ name: 'priority:p1' }] }))).toMatchObject({ priority: null, status: 'open' })
  })

  it('change by what differs only, and never a label of others', () => {
    const labels = ['bug', 'priority:p1', 'Priority:Low', 'priority:high']
    expect(labelDelta([{ group: 'priority', value: 'high' }], labels)).toEqual({ add: [], remove: ['Priority:Low'] })
    expect(labelDelta([{ group: 'priority', value: 'urgent' }], labels)).toEqual({
      add: ['priority:urgent'],
      remove: ['Priority:Low', 'priority:high'],
    })
    expect(labelDelta([{ group: 'priority', value: null }], labels)).toEqual({ add: [], remove: ['Priority:Low', 'priority:high'] })
    expect(valueIn('status', labels)).toBeNull()
  })
})

describe('decode and encode', () => {
  it('leave out what was not sent', () => {
    expect(decode(raw({ number: 1 }))).toEqual({ number: 1 })
    expect(decode(raw(null))).toEqual({})
  })

  it('encode each status as a state and what its labels shall say', () => {
    expect(encode({ status: 'waiting' })).toEqual({ state: 'open', labels: [{ group: 'status', value: 'waiting' }] })
    expect(encode({ status: 'closed', body: null })).toEqual({ state: 'closed', body: '', labels: [{ group: 'status', value: null }] })
    expect(encode({ priority: null, title: null })).toEqual({ title: '', labels: [{ group: 'priority', value: null }] })
    expect(encode({})).toEqual({ labels: [] })
  })

  it('take pull requests and things without a number for no issue', () => {
    expect(recordOf({ ...issue, pull_request: { url: 'x' } })).toBeNull()
    expect(recordOf({ ...issue, number: '1' })).toBeNull()
    expect(recordOf({ ...issue, number: 2 ** 60 })).toBeNull()
    expect(recordOf(undefined)).toBeNull()
  })
})

import { systemClock } from '../../clock.ts'
import { createIds } from '../../ids.ts'
import { openDb } from '../open.ts'
import { statement } from '../port.ts'
import { createStore } from '../store.ts'

// A hub reduced to its store, to be killed: `node hub-process.ts <path>` commits from 16 hands until it dies, and prints each key on a
// line of its own after its commit was acknowledged.

const db = await openDb(process.argv[2]!)
const ids = createIds(systemClock)
const store = createStore(db, { ids, clock: systemClock })
process.stdout.write('ready\n')

async function hand(name: number): Promise<never> {
  for (let i = 0; ; i++) {
    const key = `${name} ${i}`
    try {
      await store.commit([
        statement('INSERT INTO seen (key, at) VALUES (?, ?)', key, i),
        statement('INSERT INTO audit (at, actor, action, subject) VALUES (?, ?, ?, ?) RETURNING seq', i, 'hand', 'made', key),
      ])
      process.stdout.write(`${key}\n`)
    } catch (error) {
      process.stderr.write(`${String(error)}\n`)
    }
  }
}

await Promise.all(Array.from({ length: 16 }, (_, name) => hand(name)))

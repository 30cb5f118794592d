import { drizzle, type SqliteRemoteDatabase } from 'drizzle-orm/sqlite-proxy'
import type { Db, Row, Value } from './port.ts'

/**
 * Drizzle for reading, as list pages need it. It cannot write and has no transactions: a commit is a unit handed to the store.
 * @throws TypeError when two columns have one name or a name is a number: rows are objects, so such columns would be lost or
 * misplaced. Select them with `.as('name')`.
 */
export function createQuery(db: Pick<Db, 'all'>): Pick<SqliteRemoteDatabase, 'select' | 'selectDistinct' | '$count' | '$with' | 'with'> {
  return drizzle(async (sql, params, method) => {
    if (method === 'run') throw new TypeError('queries only read: hand writes to the store')
    const rows = (await db.all(sql, params as Value[])).map(toArray)
    // For a single row drizzle expects the row itself, and none when there is none.
    return { rows: method === 'get' ? (rows[0] as Value[]) : rows }
  })
}

function toArray(row: Row): Value[] {
  const names = Object.keys(row)
  // Such names always come first in an object, so the first tells.
  if (names[0] !== undefined && /^\d+$/.test(names[0])) throw new TypeError(`column ${names[0]} needs a name: numbers are put out of order`)
  return names.map((name) => row[name]!)
}

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { BatchAborted, statement, type Db } from './port.ts'

interface Migration {
  readonly index: number
  readonly tag: string
  readonly hash: string
  readonly statements: readonly string[]
}

const home = new URL('../../migrations/', import.meta.url)

/** The database cannot be used with this version of the hub; the message says what to do. Nothing was changed. */
export class MigrationRefused extends Error {
  override readonly name = 'MigrationRefused'
}

/**
 * Brings the schema up to date: each committed migration in one batch, in order. Safe to repeat and to run on two hubs at once.
 * @throws MigrationRefused when the database is from a newer version, or was migrated with other files than these.
 */
export async function migrate(db: Db, from: URL = home): Promise<void> {
  const migrations = await read(from)
  await db.batch([
    statement('CREATE TABLE IF NOT EXISTS migrations (position INTEGER PRIMARY KEY NOT NULL, tag TEXT NOT NULL, hash TEXT NOT NULL)'),
  ])
  for (;;) {
    const applied = await db.all<{ tag: string; hash: string }>('SELECT tag, hash FROM migrations ORDER BY position')
    applied.forEach((row, position) => check(row, migrations[position]))
    const next = migrations[applied.length]
    if (next === undefined) return
    try {
      await db.batch([
        statement('INSERT INTO migrations (position, tag, hash) VALUES (?, ?, ?)', next.index, next.tag, next.hash),
        ...next.statements.map((sql) => statement(sql)),
      ])
    } catch (error) {
      const lostTheRace = error instanceof BatchAborted && error.index === 0 && error.kind === 'constraint'
      if (!lostTheRace) throw new Error(`migration ${next.tag} failed`, { cause: error })
    }
  }
}

function check(applied: { readonly tag: string; readonly hash: string }, known: Migration | undefined): void {
  if (known === undefined)
    throw new MigrationRefused(
      `the database is from a newer version (it has migration ${applied.tag}): start that version, or restore a backup`,
    )
  if (known.tag !== applied.tag || known.hash !== applied.hash)
    throw new MigrationRefused(
      `the database was made with another migration ${applied.tag} than this version's ${known.tag}: use the version that made it`,
    )
}

async function read(from: URL): Promise<Migration[]> {
  const journal = JSON.parse(await readFile(new URL('meta/_journal.json', from), 'utf8')) as { entries: { idx: number; tag: string }[] }
  return Promise.all(
    journal.entries.map(async ({ idx, tag }) => {
      const text = await readFile(new URL(`${tag}.sql`, from), 'utf8')
      const statements = text
        .split('--> statement-breakpoint')
        .map((part) => part.trim())
        .filter((part) => part !== '')
      return { index: idx, tag, hash: createHash('sha256').update(text).digest('hex'), statements }
    }),
  )
}

import Database from 'libsql'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { trouble } from './trouble.ts'

export interface Lock {
  release(): void
}

/** Another process has this database open: stop it, or use another file. */
export class AlreadyOpen extends Error {
  override readonly name = 'AlreadyOpen'
}

/**
 * Keeps a second hub out for as long as this process lives. `<path>.lock` is a small database whose write lock we hold: the kernel
 * releases it at the moment the process dies, however it dies, which no file with a pid in it can promise (pids are used again, and
 * differ between containers). The pid in `<path>.lock.pid` only serves the message.
 * @throws AlreadyOpen names the holder's pid.
 */
export function lock(path: string): Lock {
  const file = `${path}.lock`
  const pidFile = `${file}.pid`
  const held = new Database(file)
  try {
    held.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    held.close()
    if (trouble(error) !== 'busy') throw error
    throw new AlreadyOpen(
      `${path} is already open in another hub (pid ${holder(pidFile)}): only one may write; stop it or use another file`,
      {
        cause: error,
      },
    )
  }
  writeFileSync(pidFile, `${process.pid}\n`)
  return {
    release() {
      rmSync(pidFile, { force: true })
      held.close()
    },
  }
}

function holder(pidFile: string): string {
  try {
    return readFileSync(pidFile, 'utf8').trim()
  } catch {
    return 'unknown'
  }
}

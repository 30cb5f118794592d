import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** A reference that leads to nothing; says what to do, never what was found. */
export class SecretMissing extends Error {
  override readonly name = 'SecretMissing'
  readonly next: string

  constructor(message: string, next: string, cause?: unknown) {
    super(message, { cause })
    this.next = next
  }
}

/**
 * The secret behind `env:NAME` or `file:path` (relative to `base`). Called once, when the hub starts; the value goes to who
 * needs it and nowhere else. A file's last line break is not part of the secret.
 * @throws SecretMissing
 */
export function readSecret(ref: string, base: string, env: Readonly<Record<string, string | undefined>>): string {
  const at = ref.indexOf(':')
  const [kind, name] = [ref.slice(0, at), ref.slice(at + 1)]
  if (kind === 'env') {
    const value = env[name]
    if (value === undefined || value === '')
      throw new SecretMissing(`the environment variable ${name} is ${value === '' ? 'empty' : 'not set'}`, `Set it: export ${name}=…`)
    return value
  }
  const file = resolve(base, name)
  let value: string
  try {
    value = readFileSync(file, 'utf8').replace(/\r?\n$/, '')
  } catch (cause) {
    throw new SecretMissing(`the secret's file ${file} cannot be read`, `Write the secret into it, readable to this user only.`, cause)
  }
  if (value === '') throw new SecretMissing(`the secret's file ${file} is empty`, 'Write the secret into it.')
  return value
}

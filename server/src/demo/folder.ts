import { resolve } from 'node:path'
import { portOf } from '../config.ts'

export const DEMO_PORT = 4_800

/** Where the demo on this port keeps its database: a port has one owner, so a folder has one too. */
export function demoFolder(env: Readonly<Record<string, string | undefined>>, port: number = portOf(env) ?? DEMO_PORT): string {
  return resolve(env['THROUGHLINE_DEMO_DIR'] || `.throughline/demo-${port}`)
}

/** The core as a simulation sees it: the real one, or a mutant beside it. Only its types are imported statically. */
export type Core = typeof import('@throughline/core')

export const CORE_HOME = new URL('../../core/', import.meta.url)

export async function loadCore(home: URL = CORE_HOME): Promise<Core> {
  return (await import(new URL('src/index.ts', home).href)) as Core
}

import { type Scene, withScene } from './scene.ts'
import type { Subject } from './subject.ts'

/**
 * One promise of a connector. A safety law guards against loss, doubles, overwriting and forgery and cannot be left out.
 * `run` rejects when the promise is broken.
 */
export interface Law {
  readonly name: string
  readonly safety: boolean
  run(): Promise<void>
}

/** A law of each stream, before it meets a subject. */
export interface StreamLaw {
  readonly name: string
  readonly safety: boolean
  /** Whether the stream's declared abilities make it a matter at all. */
  applies(scene: Pick<Scene, 'kind' | 'subject'>): boolean
  check(scene: Scene): Promise<void>
}

export function streamLaw(
  name: string,
  kind: 'safety' | 'manners',
  check: StreamLaw['check'],
  applies: StreamLaw['applies'] = () => true,
): StreamLaw {
  return { name, safety: kind === 'safety', applies, check }
}

export function bind<Config>(subject: Subject<Config>, laws: readonly StreamLaw[]): Law[] {
  return Object.entries(subject.connector.streams).flatMap(([stream, kind]) =>
    laws
      .filter((law) => law.applies({ kind, subject: subject as Subject }))
      .map(({ name, safety, check }) => ({
        name: `${stream}: ${name}`,
        safety,
        run: () => withScene(subject, stream, (scene) => check(scene as Scene)),
      })),
  )
}

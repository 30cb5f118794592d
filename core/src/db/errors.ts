/** A guard of the unit did not hold: reload and decide again. Nothing of the unit is stored. */
export class GuardFailed extends Error {
  override readonly name = 'GuardFailed'
}

/** The unit broke a constraint of the schema. Nothing of it is stored; repeating it unchanged fails again. */
export class ConstraintFailed extends Error {
  override readonly name = 'ConstraintFailed'
}

/** No space left. Nothing of the unit is stored: do not acknowledge, try again when there is space. */
export class StoreFull extends Error {
  override readonly name = 'StoreFull'
}

/** The database is locked, unreachable or failing. Nothing of the unit is stored: do not acknowledge, try again later. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
}

/**
 * The answer to a commit was lost. `stored: true`: the unit is stored, but the rows of its RETURNING are not known; do not repeat it,
 * read what is needed. `stored: 'unknown'`: the database could not be asked for too long; go on as after a crash, from what it holds.
 */
export class AnswerUnknown extends Error {
  override readonly name = 'AnswerUnknown'
  readonly stored: true | 'unknown'

  constructor(stored: true | 'unknown', options: { cause?: unknown } = {}) {
    super(stored === true ? 'stored, but the returned rows were lost' : 'not known whether it is stored', options)
    this.stored = stored
  }
}

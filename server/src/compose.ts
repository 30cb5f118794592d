import type { Registry } from '@throughline/contracts'
import {
  createHub,
  createIds,
  createStore,
  createWatch,
  openDb,
  systemClock,
  type ConnectionSetup,
  type Hub,
  type Store,
  type Watch,
} from '@throughline/core'

export interface ComposeOptions {
  /** What `openDb` takes. */
  readonly database: string
  readonly databaseToken?: string | undefined
  readonly registry: Registry
  readonly connections: readonly ConnectionSetup[]
  readonly systems: readonly string[]
  log(message: string, details?: Readonly<Record<string, string | number>>): void
}

/** A hub that runs on its database. */
export interface Running {
  readonly hub: Hub
  readonly store: Store
  readonly watch: Watch
  readonly node: string
  /** Ends every stage, gives leases back, closes the database. */
  close(): Promise<void>
}

/** Opens the database, brings its schema up to date and starts every stage. */
export async function compose(options: ComposeOptions): Promise<Running> {
  const clock = systemClock
  const ids = createIds(clock)
  const node = ids.next()
  const db = await openDb(options.database, { authToken: options.databaseToken })
  const store = createStore(db, { ids, clock })
  let hub: Hub
  try {
    hub = createHub({
      store,
      clock,
      ids,
      node,
      registry: options.registry,
      connections: options.connections,
      systems: options.systems,
      exclusive: !/^(https?|libsql|wss?):/.test(options.database),
      log: options.log,
    })
    await hub.start()
  } catch (error) {
    await store.close()
    throw error
  }
  return {
    hub,
    store,
    watch: createWatch(store, node, clock),
    node,
    close: async () => {
      await hub.stop()
      await store.close()
    },
  }
}

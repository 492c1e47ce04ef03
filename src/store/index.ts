export { openStore, type StoreOptions } from './open-store.ts'
export { type Lease, shareStore } from './shared-store.ts'
export type { Store, StoreHealth } from './store.ts'

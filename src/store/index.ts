export { openStore, type StoreOptions } from './open-store.ts'
export type { Store, StoreHealth } from './store.ts'

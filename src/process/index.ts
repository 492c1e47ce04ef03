export type { StateRepository, WaitRepository, WaitRow } from './repository.ts'
export { Waits } from './waits.ts'

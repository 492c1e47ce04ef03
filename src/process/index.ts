export { stateStore, waitStore } from './store.ts'
export { sweepStates } from './sweep.ts'
export { Waits } from './waits.ts'

export { type Bus, defined } from './bus.ts'
export { LocalBus } from './local-bus.ts'

export type { Cause, Command, DeviceName, Ending, Order, Outcome, Param } from './command.ts'
export { Commands } from './commands.ts'
export type { CommandRepository } from './repository.ts'
export { commandStore } from './store.ts'

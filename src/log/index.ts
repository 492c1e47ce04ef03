export type { LogHealth, LogPolicy } from './log-file.ts'
export { type Log, openLog } from './open-log.ts'

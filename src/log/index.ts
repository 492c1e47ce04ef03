export type { LogHealth } from './log-file.ts'
export { openLog } from './open-log.ts'

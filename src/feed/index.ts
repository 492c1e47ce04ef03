export { EventStream } from './event-stream.ts'
export { Feed } from './feed.ts'
export { History, type HistoryLimits } from './history.ts'
export { PeerOutlet } from './peer-outlet.ts'

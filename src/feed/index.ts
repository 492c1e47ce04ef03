export { EventStream } from './event-stream.ts'
export { Feed } from './feed.ts'
export { PeerSink } from './peer-sink.ts'
export { type BufferLimits, ReplayBuffer } from './replay-buffer.ts'

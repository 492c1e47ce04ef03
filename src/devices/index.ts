export { type SequenceHealth, Sequences } from './sequence.ts'

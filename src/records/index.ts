export { conditionOf, conditionOn, etagOf } from './condition.ts'
export { Records } from './records.ts'
export { readSchema } from './schema.ts'
export { openRecords, type RecordRepository, recordStore, type StoredRecord } from './store.ts'

export { conditionOf, conditionOn, etagOf } from './condition.ts'
export { Records } from './records.ts'
export { readSchema } from './schema.ts'
export { type RecordRepository, type RecordTables, recordRepository, recordStore, type StoredRecord } from './store.ts'

import type { Kysely, Step } from '../store/index.ts'

export interface RecordTables {
    /** The latest version of each. */
    records: {
        collection: string
        key: string
        version: number
        /** JSON; null once it was deleted. */
        value: string | null
        updated_at: number
    }
    /** Earlier versions. */
    record_versions: RecordTables['records']
}

export const recordSteps: Readonly<Record<string, Step>> = { '0041-records': records, '0052-record-versions': byTime }

async function records(db: Kysely<unknown>): Promise<void> {
    for (const [name, key] of [
        ['records', ['collection', 'key']],
        ['record_versions', ['collection', 'key', 'version']],
    ] as const)
        await db.schema
            .createTable(name)
            .addColumn('collection', 'text', (column) => column.notNull())
            .addColumn('key', 'text', (column) => column.notNull())
            .addColumn('version', 'bigint', (column) => column.notNull())
            .addColumn('value', 'text')
            .addColumn('updated_at', 'bigint', (column) => column.notNull())
            .addPrimaryKeyConstraint(`${name}_key`, [...key])
            .execute()
    await db.schema.createIndex('records_deleted').on('records').columns(['updated_at', 'value']).where('value', 'is', null).execute()
}

/** The oldest versions are deleted first. */
async function byTime(db: Kysely<unknown>): Promise<void> {
    const columns = ['updated_at', 'collection', 'key', 'version']
    await db.schema.createIndex('record_versions_time').on('record_versions').columns(columns).execute()
}

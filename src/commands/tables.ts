import { type ColumnTypes, type Kysely, type Step, sql, whole } from '../store/index.ts'
import { collectionOf } from './catalogue-store.ts'
import type { Command } from './command.ts'

export interface CommandTables {
    commands: {
        id: string
        /** The endpoint of its device. */
        endpoint: string
        node: string
        account: string
        device: string
        component: string
        command: string
        /** JSON. */
        params: string
        caller: string
        origin: string
        not_after: number
        timeout: number
        resend: number
        keep: number
        idempotency_key: string | null
        collapse_key: string | null
        created_at: number
        sent_at: number | null
        received_at: number | null
        ended_at: number | null
        outcome: string | null
        cause: string | null
        reason: string | null
        /** JSON. */
        value: string | null
    }
    /** Devices that were ever connected. */
    command_devices: { endpoint: string; account: string; device: string; seen_at: number }
}

export const commandSteps: Readonly<Record<string, Step>> = {
    '0020-commands': commands,
    '0021-command-origin': origin,
    '0042-command-catalogue': catalogueToRecords,
}

async function commands(db: Kysely<unknown>, _types: ColumnTypes): Promise<void> {
    let table = db.schema.createTable('commands').addColumn('id', 'text', (column) => column.primaryKey())
    for (const name of ['endpoint', 'node', 'account', 'device', 'component', 'command', 'params', 'caller'])
        table = table.addColumn(name, 'text', (column) => column.notNull())
    for (const name of ['not_after', 'timeout', 'resend', 'keep', 'created_at'])
        table = table.addColumn(name, 'bigint', (column) => column.notNull())
    for (const name of ['sent_at', 'received_at', 'ended_at']) table = table.addColumn(name, 'bigint')
    for (const name of ['idempotency_key', 'collapse_key', 'outcome', 'cause', 'reason', 'value']) table = table.addColumn(name, 'text')
    await table.execute()
    const index = (name: string, columns: string[]) => db.schema.createIndex(`commands_${name}`).on('commands').columns(columns)
    await index('once', ['endpoint', 'account', 'idempotency_key']).unique().where('idempotency_key', 'is not', null).execute()
    // With the outcome as a column, though all are null: else SQLite takes the next index, and reads all commands that the device ever had.
    await index('open', ['outcome', 'endpoint', 'account', 'device']).where('outcome', 'is', null).execute()
    await index('device', ['endpoint', 'account', 'device', 'created_at']).execute()
    await index('time', ['endpoint', 'created_at']).execute()
    await index('ended', ['ended_at']).where('ended_at', 'is not', null).execute()
    await db.schema
        .createTable('command_devices')
        .addColumn('endpoint', 'text', (column) => column.notNull())
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('device', 'text', (column) => column.notNull())
        .addColumn('seen_at', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('command_devices_key', ['endpoint', 'account', 'device'])
        .execute()
    await db.schema
        .createTable('command_catalogue')
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('component', 'text', (column) => column.notNull())
        .addColumn('version', 'integer', (column) => column.notNull())
        .addColumn('commands', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('command_catalogue_key', ['account', 'component'])
        .execute()
}

async function origin(db: Kysely<unknown>): Promise<void> {
    await db.schema
        .alterTable('commands')
        .addColumn('origin', 'text', (column) => column.notNull().defaultTo(''))
        .execute()
}

/** What devices can be told was kept in a table of its own, and is records now. */
async function catalogueToRecords(db: Kysely<unknown>): Promise<void> {
    await sql`
        insert into records (collection, key, version, value, updated_at)
        select ${sql.lit(collectionOf(''))} || account, component, version, commands, 0 from command_catalogue`.execute(db)
    await db.schema.dropTable('command_catalogue').execute()
}

export type CommandRow = CommandTables['commands']

export const toRow = (endpoint: string, command: Command): CommandRow => ({
    id: command.id,
    endpoint,
    node: command.node,
    account: command.account,
    device: command.device,
    component: command.component,
    command: command.command,
    params: JSON.stringify(command.params),
    caller: command.caller,
    origin: command.origin,
    not_after: whole(command.notAfter),
    timeout: whole(command.timeout),
    resend: Number(command.resend),
    keep: Number(command.keep),
    idempotency_key: command.idempotencyKey,
    collapse_key: command.collapseKey,
    created_at: command.createdAt,
    sent_at: command.sentAt,
    received_at: command.receivedAt,
    ended_at: command.endedAt,
    ...endingColumns(command.ending),
})

export const endingColumns = (ending: Command['ending']) => ({
    outcome: ending?.outcome ?? null,
    cause: ending?.cause ?? null,
    reason: ending?.reason ?? null,
    value: ending?.value === undefined ? null : JSON.stringify(ending.value),
})

export const toCommand = (row: CommandRow): Command => ({
    id: row.id,
    node: row.node,
    account: row.account,
    device: row.device,
    component: row.component,
    command: row.command,
    params: JSON.parse(row.params),
    caller: row.caller,
    origin: row.origin,
    notAfter: row.not_after,
    timeout: row.timeout,
    resend: row.resend === 1,
    keep: row.keep === 1,
    idempotencyKey: row.idempotency_key,
    collapseKey: row.collapse_key,
    createdAt: row.created_at,
    sentAt: row.sent_at,
    receivedAt: row.received_at,
    endedAt: row.ended_at,
    ending: endingOf(row),
})

function endingOf({ outcome, cause, reason, value }: CommandRow): Command['ending'] {
    if (outcome === null) return null
    return {
        outcome: outcome as NonNullable<Command['ending']>['outcome'],
        ...(cause !== null && { cause: cause as NonNullable<NonNullable<Command['ending']>['cause']> }),
        ...(reason !== null && { reason }),
        ...(value !== null && { value: JSON.parse(value) }),
    }
}

import { Refusal } from '../lib/index.ts'
import { openRecords } from '../records/index.ts'
import { type Access, chunks, fitting, type Kysely, preparedRow, type StoreModule, sql, TableLimit, whole } from '../store/index.ts'
import { CatalogueStore } from './catalogue-store.ts'
import type { Command, DeviceName, Ending } from './command.ts'
import { type Added, type CommandFilter, type CommandRepository, type EndOnly, KEPT, type Leaving } from './repository.ts'
import { commandById, endCommand, endCommandOf, knownDevice, openCommands, putCommand } from './statements.ts'
import { type CommandRow, type CommandTables, commandSteps, endingColumns, toCommand, toRow } from './tables.ts'

/** Commands of which it is known how they ended. */
const KEPT_ENDED = { rows: 1_000_000, bytes: 1_073_741_824 }
/** Bytes of parameters and results in one list. */
const MOST_LISTED = 8_388_608
const HOUR = 3_600_000
/** Rows that are deleted in one go. */
const PORTION = 500

type Db = Kysely<CommandTables>

const putSeen = preparedRow((db: Db, row: CommandTables['command_devices']) =>
    db
        .insertInto('command_devices')
        .values(row)
        .onConflict((conflict) =>
            conflict.columns(['endpoint', 'account', 'device']).doUpdateSet((given) => ({ seen_at: given.ref('excluded.seen_at') })),
        ),
)

/** Keeps commands, how they ended, and what devices can be told. */
export const commandStore: StoreModule<CommandRepository> = {
    migrations: commandSteps,
    open(context) {
        const { access, sweep } = context
        const given = access<CommandTables>()
        sweep({ what: 'commands that ended long ago', run: (now, ending) => forget(given, now - KEPT, ending) })
        sweep({ what: 'commands of endpoints that were deleted', run: (now) => giveUp(given, now) })
        const ended = { table: 'commands', order: ['ended_at', 'id'], texts: ['params', 'value'], only: hasEnded } as const
        const limit = new TableLimit({ access: given, sweep, what: 'commands that ended before many others', ...ended, ...KEPT_ENDED })
        return new Repository(given, limit, new CatalogueStore(openRecords(context)))
    },
}

async function forget({ read, write }: Access<CommandTables>, before: number, ending: AbortSignal): Promise<void> {
    const next = () =>
        read((db) => db.selectFrom('commands').select('id').where('ended_at', '<', before).orderBy('ended_at').limit(PORTION).execute())
    for (let rows = await next(); rows.length > 0 && !ending.aborted; rows = await next()) {
        const ids = rows.map(({ id }) => id)
        await write(async (db) => void (await db.deleteFrom('commands').where('id', 'in', ids).execute()))
    }
}

/** Ends commands whose tasks were removed along with their endpoint. */
function giveUp({ write }: Access<CommandTables>, now: number): Promise<void> {
    const ending: Ending = { outcome: 'rejected', cause: 'GATEWAY_GONE' }
    return write(async (db) => {
        await db
            .updateTable('commands')
            .set({ ...endingColumns(ending), ended_at: whole(now) })
            .where('outcome', 'is', null)
            .where('created_at', '<', now - HOUR)
            .where(isNoTask)
            .execute()
    })
}

/** Whether nothing is to be done for a command any more. */
const isNoTask = sql<boolean>`not exists (select 1 from tasks where tasks.id = commands.id)`

const hasEnded = sql<boolean>`ended_at is not null`

class Repository implements CommandRepository {
    readonly #access: Access<CommandTables>
    readonly #limit: TableLimit<CommandTables>
    readonly catalogue: CommandRepository['catalogue']

    constructor(access: Access<CommandTables>, limit: TableLimit<CommandTables>, catalogue: CommandRepository['catalogue']) {
        this.#access = access
        this.#limit = limit
        this.catalogue = catalogue
    }

    async add(endpoint: string, command: Command, depth: number): Promise<Added> {
        let added: Added | undefined
        await this.#access.write(async (db) => {
            const earlier = await sameOrder(db, endpoint, command)
            added = earlier ? { command: earlier, isNew: false, superseded: [] } : await insert(db, endpoint, command, depth)
        })
        if (added!.isNew) this.#limit.added(1, JSON.stringify(command.params).length)
        return added!
    }

    async get(endpoint: string, id: string): Promise<Command | undefined> {
        return first(await this.#access.read((db) => commandById(db, id, endpoint)))
    }

    async list(endpoint: string, { account, device, ended, before, limit }: CommandFilter): Promise<Command[]> {
        const rows = await this.#access.read(async (db) => {
            let query = db.selectFrom('commands').where('endpoint', '=', endpoint)
            if (account !== undefined) query = query.where('account', '=', account)
            if (device !== undefined) query = query.where('device', '=', device)
            if (ended !== undefined) query = query.where('outcome', ended ? 'is not' : 'is', null)
            if (before !== undefined) query = query.where('created_at', '<', before)
            query = query.orderBy('created_at', 'desc').limit(limit)
            const sizes = await query.select(sql<number>`octet_length(params) + coalesce(octet_length(value), 0)`.as('bytes')).execute()
            const count = fitting(sizes, MOST_LISTED)
            if (count < sizes.length)
                throw new Refusal(413, 'TOO_LARGE', `these commands have too many bytes for one list: ask for ${count} at the most`)
            return query.selectAll().execute()
        })
        return rows.map(toCommand)
    }

    async leave(ids: string[], now: number): Promise<Leaving[]> {
        let leaving: Leaving[] = []
        await this.#access.write(async (db) => {
            const rows = await db.selectFrom('commands').selectAll().where('id', 'in', ids).execute()
            leaving = rows.map((row) => ({ command: toCommand(row), wasSent: row.sent_at !== null }))
            const unsent = rows.filter((row) => row.outcome === null && row.sent_at === null).map(({ id }) => id)
            if (unsent.length > 0)
                await db
                    .updateTable('commands')
                    .set({ sent_at: whole(now) })
                    .where('id', 'in', unsent)
                    .execute()
        })
        return leaving
    }

    stay(ids: string[]): Promise<void> {
        return this.#access.write(async (db) => {
            for (const some of chunks(ids))
                await db.updateTable('commands').set({ sent_at: null }).where('id', 'in', some).where('outcome', 'is', null).execute()
        })
    }

    async received(id: string, of: DeviceName, now: number): Promise<boolean> {
        let isUnderWay = false
        await this.#access.write(async (db) => {
            const row = await db
                .updateTable('commands')
                .set({ received_at: sql<number>`coalesce(received_at, ${whole(now)})` })
                .where('id', '=', id)
                .where('account', '=', of.account)
                .where('device', '=', of.device)
                .where('outcome', 'is', null)
                .returning('id')
                .executeTakeFirst()
            isUnderWay = row !== undefined
        })
        return isUnderWay
    }

    async end(id: string, ending: Ending, now: number, only: EndOnly = {}): Promise<Command | undefined> {
        let ended: Command | undefined
        await this.#access.write(async (db) => {
            ended = await end(db, id, ending, now, only)
        })
        if (ended && ending.value !== undefined) this.#limit.added(0, JSON.stringify(ending.value).length)
        return ended
    }

    async untold(endpoint: string, node: string, after: string, limit: number): Promise<Command[]> {
        const tasks = sql<string>`(select id from tasks where kind = 'command' and queue = ${endpoint} and id > ${after})`
        const rows = await this.#access.read((db) =>
            db
                .selectFrom('commands')
                .selectAll()
                .where('id', 'in', tasks)
                .where('node', '=', node)
                .where('outcome', 'is not', null)
                .orderBy('id')
                .limit(limit)
                .execute(),
        )
        return rows.map(toCommand)
    }

    async orphans(endpoint: string): Promise<string[]> {
        const rows = await this.#access.read((db) =>
            db.selectFrom('commands').select('id').where('endpoint', '=', endpoint).where('outcome', 'is', null).where(isNoTask).execute(),
        )
        return rows.map(({ id }) => id)
    }

    seen(endpoint: string, { account, device }: DeviceName, now: number): Promise<void> {
        return this.#access.write((db) => putSeen(db, { endpoint, account, device, seen_at: whole(now) }))
    }

    async isKnown(endpoint: string, { account, device }: DeviceName): Promise<boolean> {
        const { rows } = await this.#access.read((db) => knownDevice(db, endpoint, account, device))
        return rows.length > 0
    }
}

async function sameOrder(db: Db, endpoint: string, { account, idempotencyKey }: Command): Promise<Command | undefined> {
    if (idempotencyKey === null) return undefined
    const row = await db
        .selectFrom('commands')
        .selectAll()
        .where('endpoint', '=', endpoint)
        .where('account', '=', account)
        .where('idempotency_key', '=', idempotencyKey)
        .executeTakeFirst()
    return row && toCommand(row)
}

async function insert(db: Db, endpoint: string, command: Command, depth: number): Promise<Added> {
    const { account, device, collapseKey, createdAt } = command
    const { rows: open } = await openCommands(db, endpoint, account, device)
    const mayReplace = collapseKey !== null && command.ending === null
    const before = open.filter((row) => mayReplace && row.collapse_key === collapseKey && row.sent_at === null)
    if (open.length - before.length >= depth)
        throw new Refusal(429, 'TOO_MANY_COMMANDS', `${depth} commands for the device ${device} have not ended yet`)
    const superseded: Command[] = []
    const ending: Ending = { outcome: 'rejected', cause: 'SUPERSEDED', reason: `the command ${command.id} took its place` }
    for (const { id } of before) superseded.push((await end(db, id, ending, createdAt, {}))!)
    await putCommand(db, toRow(endpoint, command))
    return { command, isNew: true, superseded }
}

/** Exactly one ending: the first. */
async function end(db: Db, id: string, ending: Ending, now: number, { unsent = false, of }: EndOnly): Promise<Command | undefined> {
    const columns = endingColumns(ending)
    const { outcome, cause, reason, value } = columns
    const values = [outcome!, cause, reason, value, whole(now)] as const
    if (of) return first(await endCommandOf(db, ...values, id, of.account, of.device))
    if (!unsent && outcome !== 'expired') return first(await endCommand(db, ...values, id))
    let update = db
        .updateTable('commands')
        .set({ ...columns, ended_at: whole(now), ...(outcome === 'expired' && { sent_at: null }) })
        .where('id', '=', id)
        .where('outcome', 'is', null)
    if (unsent) update = update.where('sent_at', 'is', null)
    return first({ rows: await update.returningAll().execute() })
}

const first = ({ rows: [row] }: { rows: CommandRow[] }): Command | undefined => row && toCommand(row)

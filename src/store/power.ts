import type { Kysely } from 'kysely'
import { turn } from '../clock/index.ts'
import type { InstanceQuery, InstanceRow, PowerChange, PowerEvent, PowerRepository, Reading, SocketRow } from '../power/repository.ts'
import type { Access } from './access.ts'
import { chunks } from './chunks.ts'
import { prepared } from './prepared.ts'
import type { Database, NewRow, Row } from './schema.ts'

const insertInstance = prepared((db, row: NewRow<'instances'>) => db.insertInto('instances').values(row))

/** Samples are read in pages, so that years of them do not hold up everything else. */
const PAGE = 2000

/** Keeps the subject `power` in the tables of {@link Database}. */
export function powerRepository({ read, write }: Access): PowerRepository {
    return {
        async socket(id) {
            const row = await read((db) => db.selectFrom('sockets').selectAll().where('id', '=', id).executeTakeFirst())
            return row && { id: row.id, name: row.name, owned: row.owned === 1, haltedAt: row.halted_at }
        },
        async running(socket) {
            const rows = await read((db) =>
                db
                    .selectFrom('instances')
                    .selectAll()
                    .where('socket', '=', socket)
                    .where('stopped_at', 'is', null)
                    .orderBy('started_at')
                    .orderBy('id')
                    .execute(),
            )
            return rows.map(toInstance)
        },
        async instance(id) {
            const row = await read((db) => db.selectFrom('instances').selectAll().where('id', '=', id).executeTakeFirst())
            return row && toInstance(row)
        },
        instances: async (query) => (await read((db) => select(db, query))).map(toInstance),
        samples: (socket, from, to) => samples(read, socket, from, to),
        events: (socket, limit) => events(read, socket, limit),
        commit: (socket, change) => write((db) => apply(db, socket, change)),
        addSample: (socket, reading) => write((db) => addSample(db, socket, reading)),
    }
}

async function events(read: Access['read'], socket: string, limit: number): Promise<PowerEvent[]> {
    const latest = await read((db) =>
        db
            .selectFrom('power_events')
            .select(['at', 'kind', 'owner'])
            .where('socket', '=', socket)
            .orderBy('seq', 'desc')
            .limit(limit)
            .execute(),
    )
    return latest.reverse().map(({ at, kind, owner }) => ({ at, kind, owner }))
}

async function samples(read: Access['read'], socket: string, from: number, to: number): Promise<Reading[]> {
    const readings: Reading[] = []
    for (let start = from; ; ) {
        const rows = await read((db) =>
            db
                .selectFrom('samples')
                .selectAll()
                .where('socket', '=', socket)
                .where('at', '>=', start)
                .where('at', '<=', to)
                .orderBy('at')
                .limit(PAGE)
                .execute(),
        )
        for (const row of rows) readings.push(toReading(row))
        if (rows.length < PAGE) return readings
        start = rows.at(-1)!.at + 1
        await turn()
    }
}

function select(db: Kysely<Database>, { socket, state, from, to, limit }: InstanceQuery): Promise<Row<'instances'>[]> {
    let query = db.selectFrom('instances').selectAll().where('socket', '=', socket)
    if (state) query = query.where('stopped_at', state === 'running' ? 'is' : 'is not', null)
    if (from !== undefined) query = query.where((is) => is.or([is('stopped_at', 'is', null), is('stopped_at', '>=', from)]))
    if (to !== undefined) query = query.where('started_at', '<=', to)
    return query.orderBy('started_at', 'desc').orderBy('id', 'desc').limit(limit).execute()
}

/** What stops comes before what starts: "all that run" does not mean the one that starts with it. */
async function apply(db: Kysely<Database>, socket: string, change: PowerChange): Promise<void> {
    if (change.socket) await putSocket(db, change.socket)
    if (change.stopped) await stop(db, socket, change.stopped)
    for (const ids of chunks(change.poweredOff?.ids ?? []))
        await db.updateTable('instances').set({ power_off_at: change.poweredOff!.at }).where('id', 'in', ids).execute()
    if (change.started) await insertInstance(db, fromInstance(change.started))
    if (change.deleted !== undefined) await db.deleteFrom('instances').where('id', '=', change.deleted).execute()
    if (change.events?.length) await addEvents(db, socket, change.events)
}

async function putSocket(db: Kysely<Database>, socket: SocketRow): Promise<void> {
    const row = { name: socket.name, owned: Number(socket.owned), halted_at: socket.haltedAt }
    await db
        .insertInto('sockets')
        .values({ id: socket.id, ...row })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
        .execute()
}

async function stop(db: Kysely<Database>, socket: string, stopped: NonNullable<PowerChange['stopped']>): Promise<void> {
    const update = db
        .updateTable('instances')
        .set({
            stopped_at: stopped.at,
            power_off_at: stopped.powerOffAt,
            is_emergency_stopped: Number(stopped.isEmergencyStopped),
            is_manually_stopped: Number(stopped.isManuallyStopped),
        })
        .where('socket', '=', socket)
        .where('stopped_at', 'is', null)
    if (!stopped.ids) await update.execute()
    else for (const ids of chunks(stopped.ids)) await update.where('id', 'in', ids).execute()
}

async function addEvents(db: Kysely<Database>, socket: string, events: PowerEvent[]): Promise<void> {
    const last = await db
        .selectFrom('power_events')
        .select('seq')
        .where('socket', '=', socket)
        .orderBy('seq', 'desc')
        .limit(1)
        .executeTakeFirst()
    let seq = last?.seq ?? 0
    const rows = events.map(({ at, kind, owner }) => ({ socket, seq: ++seq, at, kind, owner }))
    for (const some of chunks(rows)) await db.insertInto('power_events').values(some).execute()
}

/** Of two readings in the same millisecond the later one counts. */
async function addSample(db: Kysely<Database>, socket: string, reading: Reading): Promise<void> {
    const row = fromReading(reading)
    await db
        .insertInto('samples')
        .values({ socket, at: reading.at, ...row })
        .onConflict((conflict) => conflict.columns(['socket', 'at']).doUpdateSet(row))
        .execute()
}

const fromReading = (reading: Reading): Omit<NewRow<'samples'>, 'socket' | 'at'> => ({
    today: reading.today,
    total: reading.total,
    power: reading.power,
    apparent_power: reading.apparentPower,
    reactive_power: reading.reactivePower,
    factor: reading.factor,
    voltage: reading.voltage,
    current: reading.current,
})

const toReading = (row: Row<'samples'>): Reading => ({
    at: row.at,
    today: row.today,
    total: row.total,
    power: row.power,
    apparentPower: row.apparent_power,
    reactivePower: row.reactive_power,
    factor: row.factor,
    voltage: row.voltage,
    current: row.current,
})

const fromInstance = (instance: InstanceRow): NewRow<'instances'> => ({
    id: instance.id,
    socket: instance.socket,
    started_at: instance.startedAt,
    stopped_at: instance.stoppedAt,
    timeout: instance.timeout,
    sampled_from: instance.sampledFrom,
    power_on_at: instance.powerOnAt,
    power_off_at: instance.powerOffAt,
    is_emergency_stopped: Number(instance.isEmergencyStopped),
    is_manually_stopped: Number(instance.isManuallyStopped),
})

const toInstance = (row: Row<'instances'>): InstanceRow => ({
    id: row.id,
    socket: row.socket,
    startedAt: row.started_at,
    stoppedAt: row.stopped_at,
    timeout: row.timeout,
    sampledFrom: row.sampled_from,
    powerOnAt: row.power_on_at,
    powerOffAt: row.power_off_at,
    isEmergencyStopped: row.is_emergency_stopped === 1,
    isManuallyStopped: row.is_manually_stopped === 1,
})

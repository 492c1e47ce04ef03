import type { KeptMeter, StopReason } from '../../energy/index.ts'
import { type Access, chunks, type Kysely, sql, statement, whole } from '../../store/index.ts'
import type { InstanceQuery, PowerChange, PowerEvent, PowerRepository, Stopped } from '../repository.ts'
import { addEvents } from './events.ts'
import { closing, greatestPower, meterOf, putKept } from './meters.ts'
import { rewrite } from './rewrite.ts'
import { bookMeter } from './rollups.ts'
import { fromInstance, insertInstance, putSocket, toInstance } from './rows.ts'
import type { Samples } from './samples.ts'
import type { PowerTables, Row } from './tables.ts'

const selectInstance = statement((db: Kysely<PowerTables>, id: string) => db.selectFrom('instances').selectAll().where('id', '=', id))

/** Keeps the subject `power` in the tables of {@link PowerTables}. @param started is called for each instance that is to be kept */
export function powerRepository({ read, write, onAnother }: Access<PowerTables>, samples: Samples, started: () => void): PowerRepository {
    return {
        async socket(id) {
            const row = await read((db) => db.selectFrom('sockets').selectAll().where('id', '=', id).executeTakeFirst())
            if (!row) return undefined
            const { id: of, name, halted_at: haltedAt } = row
            return { id: of, name, offDue: row.owned === 1, haltedAt, ...(row.is_on_unproven === 1 && { isOnUnproven: true }) }
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
        meter: (socket) => read((db) => meterOf(db, socket)),
        async instance(id) {
            const { rows } = await read((db) => selectInstance(db, id))
            return rows[0] && toInstance(rows[0])
        },
        instances: async (query) => (await read((db) => select(db, query))).map(toInstance),
        samples: (socket, from, to) => samples.pages(socket, from, to),
        hold: () => samples.hold(),
        events: (socket, limit) => events(read, socket, limit),
        onAnother: (socket, known, signal) => onAnother((db) => rewrite(db, socket, known()), signal),
        commit: (socket, change) => {
            if (change.started) started()
            // What switches, or has switched, is one of a kind: somebody waits for it, and no others follow.
            return write((db) => apply(db, socket, change), change.socket || change.events ? 'now' : 'soon')
        },
        addSample: (socket, reading, meter) => samples.add(socket, reading, meter),
        addMeter: (socket, meter) => write((db) => bookMeter(db, socket, meter, null), 'along'),
    }
}

async function events(read: Access<PowerTables>['read'], socket: string, limit: number): Promise<PowerEvent[]> {
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

function select(db: Kysely<PowerTables>, { socket, state, from, to, after, limit }: InstanceQuery): Promise<Row<'instances'>[]> {
    let query = db.selectFrom('instances').selectAll().where('socket', '=', socket)
    if (state) query = query.where('stopped_at', state === 'running' ? 'is' : 'is not', null)
    if (from !== undefined) query = query.where((is) => is.or([is('stopped_at', 'is', null), is('stopped_at', '>=', whole(from))]))
    if (to !== undefined) query = query.where('started_at', '<=', whole(to))
    if (after) {
        const { startedAt, id } = after
        query = query.where('started_at', '<=', startedAt).where((is) => is.or([is('started_at', '<', startedAt), is('id', '<', id)]))
    }
    return query.orderBy('started_at', 'desc').orderBy('id', 'desc').limit(limit).execute()
}

/** What stops comes before what starts: "all that run" does not mean the one that starts with it. */
async function apply(db: Kysely<PowerTables>, socket: string, change: PowerChange): Promise<void> {
    if (change.socket) await putSocket(db, change.socket)
    if (change.kept) await putKept(db, socket, change.kept)
    if (change.stopped) await stop(db, socket, change.stopped)
    for (const ids of chunks(change.poweredOff?.ids ?? []))
        await db
            .updateTable('instances')
            .set({ power_off_at: notBefore('stopped_at', change.poweredOff!.at) })
            .where('id', 'in', ids)
            .execute()
    if (change.started) await insertInstance(db, fromInstance(change.started))
    if (change.renewed) await renew(db, change.renewed)
    if (change.deleted !== undefined) await db.deleteFrom('instances').where('id', '=', change.deleted).execute()
    if (change.events?.length) await addEvents(db, socket, change.events)
}

async function renew(db: Kysely<PowerTables>, { id, timeout }: NonNullable<PowerChange['renewed']>): Promise<void> {
    await db
        .updateTable('instances')
        .set({ timeout: whole(timeout) })
        .where('id', '=', id)
        .where('stopped_at', 'is', null)
        .execute()
}

/** Instances that stop at once of which the greatest power is looked for: each looks through its own readings. */
const FEW = 20

async function stop(db: Kysely<PowerTables>, socket: string, stopped: Stopped): Promise<void> {
    const { at, powerOffAt: off, ids, reason = null } = stopped
    const flags = [Number(stopped.isEmergencyStopped), Number(stopped.isManuallyStopped)] as const
    const kept = await keptFor(db, socket, stopped)
    if (kept) await putKept(db, socket, kept)
    if (kept && ids?.length === 1) {
        const { perWeight, costPerWeight, elapsed, gapAt, integratedAt } = kept.meter
        const energy = [perWeight, costPerWeight, perWeight, costPerWeight, elapsed, gapAt, integratedAt] as const
        await stopOne(db, at, at, off, off, ...flags, reason, ...energy, at, socket, ids[0]!)
        return
    }
    const update = db
        .updateTable('instances')
        .set({
            stopped_at: notBefore('started_at', at),
            power_off_at: notBefore('started_at', off),
            is_emergency_stopped: flags[0],
            is_manually_stopped: flags[1],
            stop_reason: reason,
            ...(kept && closing(kept.meter)),
            ...(ids && ids.length <= FEW && { max_power: greatestPower(at) }),
        })
        .where('socket', '=', socket)
        .where('stopped_at', 'is', null)
    if (!ids) await update.execute()
    else for (const some of chunks(ids)) await update.where('id', 'in', some).execute()
}

/** The meter as of the stop; as it was kept last, if nobody knew it then. */
async function keptFor(db: Kysely<PowerTables>, socket: string, { kept }: Stopped): Promise<KeptMeter | undefined> {
    if (kept) return kept
    const meter = await meterOf(db, socket)
    return meter && { meter, ...(meter.newest && { settled: meter.newest }) }
}

/** What is stopped most often. What the statement names twice is a parameter twice. */
const stopOne = statement(
    (
        db: Kysely<PowerTables>,
        at: number,
        _at: number,
        off: number | null,
        _off: number | null,
        emergency: number,
        manual: number,
        reason: StopReason | null,
        perWeight: number,
        costPerWeight: number,
        _perWeight: number,
        _costPerWeight: number,
        elapsed: number,
        gapAt: number,
        integratedAt: number,
        until: number,
        socket: string,
        id: string,
    ) =>
        db
            .updateTable('instances')
            .set({
                stopped_at: notBefore('started_at', at),
                power_off_at: notBefore('started_at', off),
                is_emergency_stopped: emergency,
                is_manually_stopped: manual,
                stop_reason: reason,
                ...closing({ perWeight, costPerWeight, elapsed, gapAt, integratedAt }),
                max_power: greatestPower(until),
            })
            .where('socket', '=', socket)
            .where('stopped_at', 'is', null)
            .where('id', '=', id),
)

/** The wall clock may have been set back since. Null stays null. */
const notBefore = <T extends number | null>(column: 'started_at' | 'stopped_at', at: T) =>
    sql<T>`case when ${sql.ref(column)} > ${at} then ${sql.ref(column)} else ${at} end`

import { type Booked, booked, nothingShared, type Rollup, rollupsOf, type SocketMeter } from '../../energy/index.ts'
import { type Kysely, preparedRows, sql, statement, whole } from '../../store/index.ts'
import { putMeter } from './meters.ts'
import type { NewRow, PowerTables } from './tables.ts'

/**
 * Keeps a meter, and adds what it has counted since that was done last to the rollups of that time, in the same transaction: so nothing is
 * lost or counted twice, whenever the process ends.
 * @param power W, of the reading that it was moved on by, if it was
 */
export async function bookMeter(db: Kysely<PowerTables>, socket: string, meter: SocketMeter, power: number | null): Promise<void> {
    const { rows } = await selectBooked(db, socket)
    const [row] = rows
    // Somebody may have started before anything was booked, and what was kept by an earlier version has less.
    const before: Booked | null = row ? { ...nothingShared(0), ...JSON.parse(row.booked ?? row.state) } : null
    // What waited while the store was away may come late.
    if (before && before.steps > meter.steps) return
    await putMeter(db, socket, meter)
    await setBooked(db, JSON.stringify(booked(meter)), socket)
    if (before)
        await addRollups(
            db,
            rollupsOf(before, meter, power).map((rollup) => valuesOf(socket, rollup)),
        )
}

const selectBooked = statement((db: Kysely<PowerTables>, socket: string) =>
    db.selectFrom('meters').select(['booked', 'state']).where('socket', '=', socket),
)

const setBooked = statement((db: Kysely<PowerTables>, text: string, socket: string) =>
    db.updateTable('meters').set({ booked: text }).where('socket', '=', socket),
)

/** A row of {@link empty}'s order. */
const valuesOf = (socket: string, rollup: Rollup): (string | number | null)[] => {
    const { width, at, energy, unshared, priced, cost, perWeight, costPerWeight, onMs, known, integrated, gap, least, greatest } = rollup
    const sums = [energy, unshared, priced, cost, perWeight, costPerWeight, onMs, known, integrated, gap]
    return [width, socket, whole(at), ...sums, least, greatest]
}

const empty: NewRow<'rollups'> = {
    width: 0,
    socket: '',
    at: 0,
    energy: 0,
    unshared: 0,
    priced: 0,
    cost: 0,
    per_weight: 0,
    cost_per_weight: 0,
    on_ms: 0,
    known: 0,
    integrated: 0,
    gap: 0,
    least: 0,
    greatest: 0,
}

const sums = ['energy', 'unshared', 'priced', 'cost', 'per_weight', 'cost_per_weight', 'on_ms', 'known', 'integrated', 'gap'] as const

const both = (column: string) => [sql.ref(`rollups.${column}`), sql.ref(`excluded.${column}`)] as const

const sum = (column: string) => {
    const [old, more] = both(column)
    return sql<number>`${old} + ${more}`
}

/** Null is what nothing was read of. */
const further = (column: string, than: '<' | '>') => {
    const [old, more] = both(column)
    return sql<number | null>`case when ${old} is null or ${more} ${sql.raw(than)} ${old} then ${more} else ${old} end`
}

/** Adds rows to those that are there already: of a minute there are many readings, and a clock may be set back. */
const addRollups = preparedRows((db: Kysely<PowerTables>, rows) =>
    db
        .insertInto('rollups')
        .values(Array.from({ length: rows }, () => empty))
        .onConflict((conflict) =>
            conflict.columns(['width', 'socket', 'at']).doUpdateSet({
                ...Object.fromEntries(sums.map((column) => [column, sum(column)])),
                least: further('least', '<'),
                greatest: further('greatest', '>'),
            }),
        ),
)

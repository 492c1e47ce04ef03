import { type Kysely, statement } from '../../store/index.ts'
import type { FleetTables } from './tables.ts'

// Points are appended in the order in which they come, and moved to their series once there are many.

/** Points that are moved at once. */
const PAGE = 2000

export const lastNew = async (db: Kysely<FleetTables>): Promise<{ last: number }> => {
    const row = await db
        .selectFrom('device_new_points')
        .select(({ fn }) => fn.max('seq').as('seq'))
        .executeTakeFirst()
    return { last: row?.seq ?? 0 }
}

export async function countNew(db: Kysely<FleetTables>): Promise<number> {
    const { points } = await db
        .selectFrom('device_new_points')
        .select(({ fn }) => fn.countAll<number>().as('points'))
        .executeTakeFirstOrThrow()
    return points
}

export const newOfEach = (db: Kysely<FleetTables>, last: number) =>
    db
        .selectFrom('device_new_points')
        .select(({ fn }) => ['series', fn.countAll<number>().as('points')])
        .where('seq', '<=', last)
        .groupBy('series')
        .orderBy('series')
        .execute()

/** Groups neighbouring series so that each group has at most a {@link PAGE} of new points, or is one series. */
export function stretches(counts: readonly { series: number; points: number }[]): { first: number; final: number; points: number }[] {
    const parts: { first: number; final: number; points: number }[] = []
    for (const { series, points } of counts) {
        const part = parts.at(-1)
        if (part && part.points + points <= PAGE) {
            part.final = series
            part.points += points
        } else parts.push({ first: series, final: series, points })
    }
    return parts
}

/** Moves the points up to `last` of the series from `first` to `final`. */
export async function move(db: Kysely<FleetTables>, first: number, final: number, last: number): Promise<void> {
    await copy(db, first, final, last)
    await count(db, first, final, last)
    await remove(db, first, final, last)
}

const among = (db: Kysely<FleetTables>, first: number, final: number, last: number) =>
    db.selectFrom('device_new_points').where('series', '>=', first).where('series', '<=', final).where('seq', '<=', last)

/** Of several points in the same millisecond, the latest counts. */
const copy = statement((db: Kysely<FleetTables>, first: number, final: number, last: number) =>
    db
        .insertInto('device_points')
        .columns(['series', 'at', 'value'])
        .expression(
            db
                .selectFrom('device_new_points')
                .select(['series', 'at', 'value'])
                .where(
                    'seq',
                    'in',
                    among(db, first, final, last)
                        .select(({ fn }) => fn.max('seq').as('seq'))
                        .groupBy(['series', 'at']),
                )
                .orderBy('series')
                .orderBy('at'),
        )
        .onConflict((conflict) => conflict.columns(['series', 'at']).doUpdateSet((from) => ({ value: from.ref('excluded.value') }))),
)

const count = statement((db: Kysely<FleetTables>, first: number, final: number, last: number) =>
    db
        .updateTable('device_series')
        .from(
            among(db, first, final, last)
                .select(({ fn }) => ['series', fn.count<number>('at').distinct().as('points')])
                .groupBy('series')
                .as('moved'),
        )
        .set(({ eb, ref }) => ({ points: eb('device_series.points', '+', ref('moved.points')) }))
        .whereRef('moved.series', '=', 'device_series.id'),
)

const remove = statement((db: Kysely<FleetTables>, first: number, final: number, last: number) =>
    db.deleteFrom('device_new_points').where('series', '>=', first).where('series', '<=', final).where('seq', '<=', last),
)

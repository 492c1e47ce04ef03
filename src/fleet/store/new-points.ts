import type { Kysely } from '../../store/index.ts'
import type { FleetTables } from './tables.ts'

// Points are appended in the order in which they come, and moved to their series once there are many.

/** So many points are moved at once. */
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

/** Parts the series that have new points so that each part has no more than a {@link PAGE} of them, or is one series. */
export function stretches(counts: readonly { series: number; points: number }[]): { series: number[]; points: number }[] {
    const parts: { series: number[]; points: number }[] = []
    for (const { series, points } of counts) {
        const part = parts.at(-1)
        if (part && part.points + points <= PAGE) {
            part.series.push(series)
            part.points += points
        } else parts.push({ series: [series], points })
    }
    return parts
}

export async function move(db: Kysely<FleetTables>, { first, final, last }: { first: number; final: number; last: number }): Promise<void> {
    const latest = db
        .selectFrom('device_new_points')
        .select(({ fn }) => fn.max('seq').as('seq'))
        .where('series', '>=', first)
        .where('series', '<=', final)
        .where('seq', '<=', last)
        .groupBy(['series', 'at'])
    const points = db.selectFrom('device_new_points').select(['series', 'at', 'value']).where('seq', 'in', latest)
    await db
        .insertInto('device_points')
        .columns(['series', 'at', 'value'])
        .expression(points.orderBy('series').orderBy('at'))
        .onConflict((conflict) => conflict.columns(['series', 'at']).doUpdateSet((from) => ({ value: from.ref('excluded.value') })))
        .execute()
    const moved = db
        .selectFrom('device_new_points')
        .select(({ fn }) => ['series', fn.count<number>('at').distinct().as('points')])
        .where('series', '>=', first)
        .where('series', '<=', final)
        .where('seq', '<=', last)
        .groupBy('series')
    await db
        .updateTable('device_series')
        .from(moved.as('moved'))
        .set(({ eb, ref }) => ({ points: eb('device_series.points', '+', ref('moved.points')) }))
        .whereRef('moved.series', '=', 'device_series.id')
        .execute()
    await db.deleteFrom('device_new_points').where('series', '>=', first).where('series', '<=', final).where('seq', '<=', last).execute()
}

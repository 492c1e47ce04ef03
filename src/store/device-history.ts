import { type Kysely, sql } from 'kysely'
import { turn } from '../clock/index.ts'
import type { HistoryPoint } from '../devices/repository.ts'
import type { Access } from './access.ts'
import type { Database } from './schema.ts'

/** So many points are read or deleted at once. */
const PAGE = 2000

interface Series {
    fleet: string
    device: string
    property: string
}

const series = (db: Kysely<Database>, { fleet, device, property }: Series) =>
    db
        .selectFrom('device_history')
        .select(['at', 'value'])
        .where('fleet', '=', fleet)
        .where('device', '=', device)
        .where('property', '=', property)

/** The values a property had, oldest first; of more than `limit` of them the least and the greatest of equal stretches of time. */
export async function deviceHistory(
    read: Access['read'],
    of: Series,
    { from, to, limit }: { from: number; to: number; limit: number },
): Promise<HistoryPoint[]> {
    const within = (db: Kysely<Database>) => series(db, of).where('at', '>=', from).where('at', '<=', to)
    const few = await read((db) =>
        within(db)
            .orderBy('at')
            .limit(limit + 1)
            .execute(),
    )
    if (few.length <= limit) return few.map(({ at, value }) => ({ at, value }))
    const last = await read((db) => within(db).orderBy('at', 'desc').limit(1).executeTakeFirstOrThrow())
    const thinned = new Thinned(few[0]!.at, last.at, limit)
    for (let start = from; ; await turn()) {
        const page = await read((db) => within(db).where('at', '>=', start).orderBy('at').limit(PAGE).execute())
        for (const { at, value } of page) thinned.add({ at, value })
        if (page.length < PAGE) return thinned.points
        start = page.at(-1)!.at + 1
    }
}

/** Keeps the least and the greatest value of each of equal stretches of time. */
class Thinned {
    readonly #from: number
    readonly #width: number
    readonly #stretches: { least: HistoryPoint; greatest: HistoryPoint }[] = []

    constructor(from: number, to: number, limit: number) {
        this.#from = from
        // One millisecond more than there are, so that the last one falls into the last stretch.
        this.#width = (to - from + 1) / Math.max(Math.floor(limit / 2), 1)
    }

    add(point: HistoryPoint): void {
        const index = Math.floor((point.at - this.#from) / this.#width)
        const stretch = this.#stretches[index]
        if (!stretch) this.#stretches[index] = { least: point, greatest: point }
        else if (point.value < stretch.least.value) stretch.least = point
        else if (point.value > stretch.greatest.value) stretch.greatest = point
    }

    get points(): HistoryPoint[] {
        // The list has holes where nothing was said for a while: flatMap leaves them out.
        return this.#stretches.flatMap(({ least, greatest }) => {
            if (least === greatest) return [least]
            return least.at < greatest.at ? [least, greatest] : [greatest, least]
        })
    }
}

/** Deletes what is too old, a little at a time. */
export async function forgetHistory({ read, write }: Access, fleet: string, before: number): Promise<void> {
    let at = { device: '', property: '' }
    for (;;) {
        const next = await read((db) => nextSeries(db, fleet, at))
        if (!next) return
        at = next
        const older = (db: Kysely<Database>) => series(db, { fleet, ...next }).where('at', '<', before)
        while (await read((db) => older(db).limit(1).executeTakeFirst())) await write((db) => removeSome(db, { fleet, ...next }, before))
        await turn()
    }
}

/** One step through the primary key for each series, where "distinct" would read every point. */
const nextSeries = (db: Kysely<Database>, fleet: string, after: { device: string; property: string }) =>
    db
        .selectFrom('device_history')
        .select(['device', 'property'])
        .where('fleet', '=', fleet)
        .where(sql<boolean>`(${sql.ref('device')}, ${sql.ref('property')}) > (${after.device}, ${after.property})`)
        .orderBy('device')
        .orderBy('property')
        .limit(1)
        .executeTakeFirst()

async function removeSome(db: Kysely<Database>, of: Series, before: number): Promise<void> {
    const some = series(db, of).clearSelect().select('at').where('at', '<', before).orderBy('at').limit(PAGE)
    await db
        .deleteFrom('device_history')
        .where('fleet', '=', of.fleet)
        .where('device', '=', of.device)
        .where('property', '=', of.property)
        .where('at', 'in', some)
        .execute()
}

import { turn } from '../../lib/index.ts'
import { type Access, type Kysely, statement } from '../../store/index.ts'
import type { HistoryLimits } from '../repository.ts'
import type { FleetTables } from './tables.ts'

/** Points that are deleted at once. */
const PAGE = 2000

/** Devices, or properties of a device, that are shortened together. */
const TOGETHER = 500

/** The points of a fleet are counted after so many were added, as a part of its limit. */
const COUNTED = 1 / 100

interface Fleet {
    limits: HistoryLimits
    /** Points that were added since they were counted. */
    added: number
}

/** Limits the history of fleets to a number of points: the oldest are deleted, of the devices that have the most. */
export class DeviceTrim {
    readonly #access: Access<FleetTables>
    readonly #fleets = new Map<string, Fleet>()

    constructor(access: Access<FleetTables>) {
        this.#access = access
    }

    /** Undefined removes the limits. */
    limit(fleet: string, limits: HistoryLimits | undefined): void {
        if (limits) this.#fleets.set(fleet, { limits, added: Number.POSITIVE_INFINITY })
        else this.#fleets.delete(fleet)
    }

    /** Deletes what is too much once points were added to series from `first` to `final`. */
    async after(first: number, final: number, points: number): Promise<void> {
        if (this.#fleets.size === 0) return
        const least = Math.min(...[...this.#fleets.values()].map(({ limits }) => limits.device))
        const { rows } = await this.#access.read((db) => devicesOf(db, first, final, least))
        for (const { fleet, device, points } of rows) {
            const most = this.#fleets.get(fleet)?.limits.device ?? points
            if (points > most) await this.#shorten(fleet, device, points - most)
        }
        for (const [name, fleet] of this.#fleets) {
            fleet.added += points
            if (fleet.added >= COUNTED * fleet.limits.fleet) await this.#hold(name, fleet)
        }
    }

    async #hold(name: string, fleet: Fleet): Promise<void> {
        fleet.added = 0
        const total = await this.#access.read((db) => pointsOf(db, name))
        for (let over = total - fleet.limits.fleet; over > 0 && this.#fleets.get(name) === fleet; await turn()) {
            const parts = shares(await this.#access.read((db) => largest(db, name)), over)
            if (parts.length === 0) return
            for (const { of, count } of parts) {
                await this.#shorten(name, of, count)
                over -= count
            }
        }
    }

    /** Deletes that many points of a device, of the properties that have the most. */
    async #shorten(fleet: string, device: string, count: number): Promise<void> {
        this.#fleets.get(fleet)?.limits.trimmed(device)
        for (const { of, count: more } of shares(await this.#access.read((db) => longest(db, fleet, device)), count)) {
            for (let left = more; left > 0; left -= PAGE, await turn())
                await this.#access.write((db) => removeOldest(db, of, Math.min(left, PAGE)))
        }
    }
}

/**
 * How many points to delete of each, `count` in total, so that those with the most are brought down to the same level.
 * @param all sorted, most points first
 */
function shares<T>(all: readonly { of: T; points: number }[], count: number): { of: T; count: number }[] {
    let sum = 0
    // The number of those that are above the level.
    let above = 0
    while (above < all.length && sum - above * all[above]!.points < count) sum += all[above++]!.points
    const level = Math.max(Math.floor((sum - count) / above), 0)
    const parts: { of: T; count: number }[] = []
    let left = count
    for (const { of, points } of all.slice(0, above)) {
        const part = Math.min(points - level, left)
        if (part > 0) parts.push({ of, count: part })
        left -= part
    }
    return parts
}

/** Deletes the oldest points of a series. */
async function removeOldest(db: Kysely<FleetTables>, series: number, count: number): Promise<void> {
    const oldest = db.selectFrom('device_points').select('at').where('series', '=', series).orderBy('at').limit(count)
    await db.deleteFrom('device_points').where('series', '=', series).where('at', 'in', oldest).execute()
    await lessen(db, series, count)
}

/** Lowers the count of a series after points were deleted. */
export const lessen = (db: Kysely<FleetTables>, series: number, count: number) =>
    db
        .updateTable('device_series')
        .set(({ eb }) => ({ points: eb('points', '-', count) }))
        .where('id', '=', series)
        .execute()

/** The devices that have series from `first` to `final`, if they have more than so many points. */
const devicesOf = statement((db: Kysely<FleetTables>, first: number, final: number, most: number) =>
    db
        .selectFrom('device_series as all')
        .innerJoin(
            (some) =>
                some
                    .selectFrom('device_series')
                    .select(['fleet', 'device'])
                    .distinct()
                    .where('id', '>=', first)
                    .where('id', '<=', final)
                    .as('some'),
            (join) => join.onRef('some.fleet', '=', 'all.fleet').onRef('some.device', '=', 'all.device'),
        )
        .select(({ fn }) => ['all.fleet', 'all.device', fn.sum<number>('all.points').as('points')])
        .groupBy(['all.fleet', 'all.device'])
        .having(({ fn }) => fn.sum('all.points'), '>', most),
)

async function pointsOf(db: Kysely<FleetTables>, fleet: string): Promise<number> {
    const row = await db
        .selectFrom('device_series')
        .select(({ fn }) => fn.sum<number>('points').as('points'))
        .where('fleet', '=', fleet)
        .executeTakeFirst()
    return row?.points ?? 0
}

/** The devices that have the most points. */
const largest = (db: Kysely<FleetTables>, fleet: string) =>
    db
        .selectFrom('device_series')
        .select(({ fn }) => ['device as of', fn.sum<number>('points').as('points')])
        .where('fleet', '=', fleet)
        .groupBy('device')
        .having(({ fn }) => fn.sum('points'), '>', 0)
        .orderBy('points', 'desc')
        .limit(TOGETHER)
        .execute()

/** The series of a device that have the most points. */
const longest = (db: Kysely<FleetTables>, fleet: string, device: string) =>
    db
        .selectFrom('device_series')
        .select(['id as of', 'points'])
        .where('fleet', '=', fleet)
        .where('device', '=', device)
        .where('points', '>', 0)
        .orderBy('points', 'desc')
        .limit(TOGETHER)
        .execute()

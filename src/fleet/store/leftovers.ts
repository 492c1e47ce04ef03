import { turn } from '../../lib/index.ts'
import type { Access, Kysely } from '../../store/index.ts'
import type { FleetTables } from './tables.ts'

/** Points that are deleted at once. */
const PAGE = 2000

/** Deletes the points of deleted devices in pages, as there may be millions of them. */
export class DeviceLeftovers {
    readonly #access: Access<FleetTables>
    #isCleaning = false

    constructor(access: Access<FleetTables>) {
        this.#access = access
    }

    /** Removes the history of a device, within a transaction; its points are deleted later. @returns the properties that had some */
    async leave(db: Kysely<FleetTables>, fleet: string, device: string): Promise<string[]> {
        const own = db.selectFrom('device_series').where('fleet', '=', fleet).where('device', '=', device)
        const series = await own.select('property').execute()
        if (series.length === 0) return []
        await db.deleteFrom('device_new_points').where('series', 'in', own.select('id')).execute()
        await db.insertInto('device_leftovers').columns(['series']).expression(own.select('id as series')).execute()
        await db.deleteFrom('device_series').where('fleet', '=', fleet).where('device', '=', device).execute()
        return series.map(({ property }) => property)
    }

    /** Deletes points until none is left, or until the store is unavailable. */
    async clean(): Promise<void> {
        if (this.#isCleaning) return
        this.#isCleaning = true
        try {
            while (await this.#step()) await turn()
        } catch {
            // The store reports why it is unavailable.
        } finally {
            this.#isCleaning = false
        }
    }

    /** @returns whether there was anything to do */
    async #step(): Promise<boolean> {
        const { read, write } = this.#access
        const left = await read((db) => db.selectFrom('device_leftovers').select('series').limit(1).executeTakeFirst())
        if (!left) return false
        const { series } = left
        const points = (db: Kysely<FleetTables>) => db.selectFrom('device_points').select('at').where('series', '=', series)
        const isOver = !(await read((db) => points(db).limit(1).executeTakeFirst()))
        await write(async (db) => {
            if (isOver) await db.deleteFrom('device_leftovers').where('series', '=', series).execute()
            else
                await db
                    .deleteFrom('device_points')
                    .where('series', '=', series)
                    .where('at', 'in', points(db).orderBy('at').limit(PAGE))
                    .execute()
        })
        return true
    }
}

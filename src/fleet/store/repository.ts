import { turn } from '../../lib/index.ts'
import { type Access, type Kysely, type Selectable, sql, whole } from '../../store/index.ts'
import type { DeviceRepository, DeviceRow } from '../repository.ts'
import { DeviceChanges, putDevice, putProperties } from './changes.ts'
import { DeviceHistory } from './history.ts'
import type { DevicePropertiesTable, FleetTables } from './tables.ts'

/** Properties that are read or written at once. */
const PAGE = 2000

/** A repository on the tables of {@link FleetTables}. */
export function deviceRepository(access: Access<FleetTables>): DeviceRepository {
    const { read, write } = access
    const past = new DeviceHistory(access)
    const changes = new DeviceChanges(access, past)
    return {
        async devices(fleet) {
            void past.clean()
            return await devices(read, fleet)
        },
        commit: (change) => changes.add(change),
        onAnother: (fleet, rows) => access.onAnother((db) => rewrite(db, fleet, rows())),
        async remove(fleet, id) {
            changes.seal()
            await write(async (db) => {
                await remove(db, fleet, id)
                await past.remove(db, fleet, id)
            })
            void past.clean()
        },
        forget: (fleet, before) => past.forget(fleet, whole(before)),
        limitHistory: (fleet, limits) => past.limit(fleet, limits),
        history: (fleet, id, property, from, to, limit) =>
            past.points({ fleet, device: id, property }, { from: whole(from), to: whole(to), limit }),
    }
}

/** Writes all devices of a fleet, in pages. */
async function rewrite(db: Kysely<FleetTables>, fleet: string, rows: Iterable<DeviceRow>): Promise<void> {
    let values: (string | number | null)[][] = []
    for (const { id, owner, properties, registeredAt, updatedAt } of rows) {
        await putDevice(db, { fleet, id, owner, registered_at: registeredAt })
        values.push([fleet, id, '', 'null', updatedAt])
        for (const [name, { value, at }] of properties) values.push([fleet, id, name, JSON.stringify(value), at])
        if (values.length < PAGE) continue
        await putProperties(db, values)
        values = []
        await turn()
    }
    await putProperties(db, values)
}

async function devices(read: Access<FleetTables>['read'], fleet: string): Promise<DeviceRow[]> {
    const rows = new Map<string, DeviceRow>()
    const found = await read((db) => db.selectFrom('devices').selectAll().where('fleet', '=', fleet).orderBy('id').execute())
    for (const { id, owner, registered_at } of found)
        rows.set(id, { id, fleet, owner, properties: new Map(), registeredAt: registered_at, updatedAt: registered_at })
    for (let last = { device: '', name: '' }; ; await turn()) {
        const page = await read((db) => after(db, fleet, last))
        for (const property of page) take(rows.get(property.device), property)
        if (page.length < PAGE) return [...rows.values()]
        last = page.at(-1)!
    }
}

function take(row: DeviceRow | undefined, { name, value, at }: Selectable<DevicePropertiesTable>): void {
    if (!row) return
    row.updatedAt = Math.max(row.updatedAt, at)
    if (name !== '') row.properties.set(name, { value: JSON.parse(value), at })
}

const after = (db: Kysely<FleetTables>, fleet: string, last: { device: string; name: string }) =>
    db
        .selectFrom('device_properties')
        .selectAll()
        .where('fleet', '=', fleet)
        .where(sql<boolean>`(${sql.ref('device')}, ${sql.ref('name')}) > (${last.device}, ${last.name})`)
        .orderBy('device')
        .orderBy('name')
        .limit(PAGE)
        .execute()

async function remove(db: Kysely<FleetTables>, fleet: string, id: string): Promise<void> {
    await db.deleteFrom('devices').where('fleet', '=', fleet).where('id', '=', id).execute()
    await db.deleteFrom('device_properties').where('fleet', '=', fleet).where('device', '=', id).execute()
}

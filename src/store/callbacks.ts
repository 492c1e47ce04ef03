import type { CallbackRepository, CallbackRow } from '../callback/repository.ts'
import type { Access } from './access.ts'
import type { NewRow, Row } from './schema.ts'

/** Keeps callbacks that are owed. */
export const callbackRepository = ({ read, write }: Access): CallbackRepository => ({
    add: (row) =>
        write(async (db) => {
            await db.insertInto('callbacks').values(fromCallback(row)).execute()
        }),
    async get(id) {
        const row = await read((db) => db.selectFrom('callbacks').selectAll().where('id', '=', id).executeTakeFirst())
        return row && toCallback(row)
    },
    async update(id, change) {
        const columns = Object.fromEntries(Object.entries(fromCallback(change)).filter(([, value]) => value !== undefined))
        if (Object.keys(columns).length === 0) return
        await write(async (db) => {
            await db.updateTable('callbacks').set(columns).where('id', '=', id).execute()
        })
    },
    remove: (id) =>
        write(async (db) => {
            await db.deleteFrom('callbacks').where('id', '=', id).execute()
        }),
    async ready() {
        const rows = await read((db) =>
            db.selectFrom('callbacks').selectAll().where('state', '=', 'ready').orderBy('next_at').orderBy('id').execute(),
        )
        return rows.map(toCallback)
    },
    async orphans() {
        const rows = await read((db) =>
            db
                .selectFrom('callbacks')
                .selectAll()
                .where('state', '=', 'open')
                .where('id', 'not in', (held) =>
                    held.selectFrom('waits').select('callback').where('callback', 'is not', null).$narrowType<{ callback: string }>(),
                )
                .orderBy('created_at')
                .orderBy('id')
                .execute(),
        )
        return rows.map(toCallback)
    },
})

function fromCallback(row: CallbackRow): NewRow<'callbacks'>
function fromCallback(row: Partial<CallbackRow>): Partial<NewRow<'callbacks'>>
function fromCallback({ nextAt, createdAt, ...row }: Partial<CallbackRow>): Partial<NewRow<'callbacks'>> {
    const times = { ...(nextAt !== undefined && { next_at: nextAt }), ...(createdAt !== undefined && { created_at: createdAt }) }
    return { ...row, ...times }
}

const toCallback = ({ next_at, created_at, ...row }: Row<'callbacks'>): CallbackRow => ({ ...row, nextAt: next_at, createdAt: created_at })

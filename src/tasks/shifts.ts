import { type Access, type Kysely, sql, whole } from '../store/index.ts'
import { PARKED, type QueueName } from './repository.ts'
import type { TaskTables } from './tables.ts'

/** Tasks whose times are moved in one write: a million at once would keep everybody else waiting for seconds. */
const PAGE = 2000

interface Shift {
    queues: readonly QueueName[]
    ms: number
    /** The last task that a process before has added: it is moved back at the next start. */
    before: number
    /** Of the tasks up to `last`, by their `seq`, those up to here are moved. */
    done: number
    last: number
}

/** Moves the times of all tasks of some queues, page by page. */
export class Shifts {
    readonly #access: Access<TaskTables>
    /** The one that is not at its end yet. */
    #current: Shift | undefined

    constructor(access: Access<TaskTables>) {
        this.#access = access
    }

    /** Moves the first ones of those that there are by now. @returns whether there are more */
    begin(queues: readonly QueueName[], ms: number, before: number): Promise<boolean> {
        const shift = { queues, ms: whole(ms), before, done: 0, last: 0 }
        return this.#write(shift, async (db) => {
            const last = await db.selectFrom('tasks').select('seq').orderBy('seq', 'desc').limit(1).executeTakeFirst()
            shift.last = last?.seq ?? 0
            this.#current = shift
        })
    }

    /** Moves more of them. @returns whether there are still more */
    next(): Promise<boolean> {
        return this.#current ? this.#write(this.#current) : Promise.resolve(false)
    }

    /** Moves back some of those that processes before have moved. @returns whether there are more */
    async undo(): Promise<boolean> {
        let count = 0
        await this.#access.write(async (db) => {
            const page = db.selectFrom('tasks').select('seq').where('moved', '!=', 0).limit(PAGE)
            const back = { ...moved(sql`-moved`), moved: 0 }
            const { numUpdatedRows } = await db.updateTable('tasks').set(back).where('seq', 'in', page).executeTakeFirst()
            count = Number(numUpdatedRows)
        })
        return count === PAGE
    }

    /** By how many milliseconds the times of a task have yet to be moved. */
    ahead({ seq, kind, queue }: QueueName & { seq: number }): number {
        const shift = this.#current
        if (!shift || seq <= shift.done || seq > shift.last) return 0
        return shift.queues.some((one) => one.kind === kind && one.queue === queue) ? shift.ms : 0
    }

    async #write(shift: Shift, prepare?: (db: Kysely<TaskTables>) => Promise<void>): Promise<boolean> {
        const { done } = shift
        try {
            await this.#access.write(async (db) => {
                await prepare?.(db)
                shift.done = await movePage(db, { ...shift, done })
            })
        } catch (error) {
            shift.done = done
            if (prepare) this.#current = undefined
            throw error
        }
        if (shift.done >= shift.last) this.#current = undefined
        return this.#current !== undefined
    }
}

/** @returns up to where they are moved then */
async function movePage(db: Kysely<TaskTables>, { queues, ms, before, done, last }: Shift): Promise<number> {
    const all = db.selectFrom('tasks').select('seq').where('seq', '>', done).where('seq', '<=', last)
    const page = all.orderBy('seq').limit(PAGE).as('page')
    const { end } = await db
        .selectFrom(page)
        .select(({ fn }) => fn.max('seq').as('end'))
        .executeTakeFirstOrThrow()
    if (end === null || queues.length === 0) return last
    const names = sql.join(queues.map(({ kind, queue }) => sql`(${kind}, ${queue})`))
    await db
        .updateTable('tasks')
        .set({ ...moved(ms), moved: sql`case when seq <= ${before} then moved + ${ms} else 0 end` })
        .where('seq', '>', done)
        .where('seq', '<=', end)
        .where(sql<boolean>`(kind, queue) in (values ${names})`)
        .execute()
    return end
}

const moved = (ms: unknown) => ({
    due_at: sql<number>`case when due_at < ${sql.lit(PARKED)} then due_at + ${ms} else due_at end`,
    expires_at: sql<number>`expires_at + ${ms}`,
})

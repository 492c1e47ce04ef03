import { Refusal } from '../lib/index.ts'
import { type Access, type ColumnTypes, type Generated, type Kysely, type StoreModule, sql, TableLimit, whole } from '../store/index.ts'
import { type Alarm, type Priority, priorities, type Transition } from './alarm.ts'
import type { AlarmFilter, AlarmRepository, Change, Changed, TransitionFilter } from './repository.ts'
import type { StateName } from './table.ts'

interface AlarmTables {
    alarms: {
        of_group: string
        id: string
        /** Greater is more urgent. */
        priority: number
        state: StateName
        since: number
        task: string | null
        /** The whole of it, as JSON. */
        alarm: string
    }
    alarm_transitions: {
        seq: Generated<number>
        of_group: string
        id: string
        at: number
        transition: string
    }
}

type Db = Kysely<AlarmTables>

/** Alarms of a group. */
const MOST = 10_000
/** Transitions of all groups that are kept. */
const KEPT_TRANSITIONS = { rows: 200_000, bytes: 134_217_728 }
/** Milliseconds for which transitions are kept, and alarms that have been normal since. */
const KEPT = 365 * 86_400_000
/** Rows that are deleted in one go. */
const PORTION = 500
const UNACKNOWLEDGED: StateName[] = ['unacknowledged', 'returned-unacknowledged', 'latched-unacknowledged']

/** Keeps alarms, and what happened to them. */
export const alarmStore: StoreModule<AlarmRepository> = {
    migrations: { '0045-alarms': tables },
    open({ access, sweep }) {
        const given = access<AlarmTables>()
        sweep({ what: 'old transitions of alarms', run: (now, ending) => forget(given, now - KEPT, ending) })
        const what = 'transitions of alarms before many others'
        const limit = { table: 'alarm_transitions', order: ['seq'], texts: ['transition'] } as const
        return new Repository(given, new TableLimit({ access: given, sweep, what, ...limit, ...KEPT_TRANSITIONS }))
    },
}

class Repository implements AlarmRepository {
    readonly #access: Access<AlarmTables>
    readonly #limit: TableLimit<AlarmTables>

    constructor(access: Access<AlarmTables>, limit: TableLimit<AlarmTables>) {
        this.#access = access
        this.#limit = limit
    }

    async change(group: string, id: string, make: (alarm: Alarm | undefined) => Change | undefined): Promise<Changed | undefined> {
        let changed: Changed | undefined
        await this.#access.write(async (db) => {
            changed = undefined
            const before = await find(db, group, id)
            const change = make(before)
            if (!change) return
            if (!before) await refuseIfFull(db, group)
            await put(db, group, change.alarm)
            const transitions: Transition[] = []
            for (const one of change.transitions) transitions.push({ ...one, seq: await add(db, group, one) })
            changed = { before, alarm: change.alarm, transitions }
        })
        if (changed) this.#limit.added(changed.transitions.length, JSON.stringify(changed.transitions).length)
        return changed
    }

    get(group: string, id: string) {
        return this.#access.read((db) => find(db, group, id))
    }

    async list(group: string, { all, limit }: AlarmFilter): Promise<Alarm[]> {
        const rows = await this.#access.read((db) => {
            const ofGroup = db.selectFrom('alarms').select('alarm').where('of_group', '=', group)
            const wanted = all ? ofGroup : ofGroup.where('state', '!=', 'normal')
            return wanted.orderBy('priority', 'desc').orderBy('since', 'desc').orderBy('id').limit(limit).execute()
        })
        return rows.map(({ alarm }) => JSON.parse(alarm))
    }

    async counts(group: string) {
        const rows = await this.#access.read((db) =>
            db
                .selectFrom('alarms')
                .select(['state', ({ fn }) => fn.countAll<number>().as('count')])
                .where('of_group', '=', group)
                .where('state', '!=', 'normal')
                .groupBy('state')
                .execute(),
        )
        const sum = (list: typeof rows) => list.reduce((total, { count }) => total + Number(count), 0)
        return { standing: sum(rows), unacknowledged: sum(rows.filter(({ state }) => UNACKNOWLEDGED.includes(state))) }
    }

    async waking(group: string): Promise<Alarm[]> {
        const rows = await this.#access.read((db) =>
            db.selectFrom('alarms').select('alarm').where('of_group', '=', group).where('task', 'is not', null).execute(),
        )
        return rows.map(({ alarm }) => JSON.parse(alarm))
    }

    async transitions(group: string, { id, before, limit }: TransitionFilter): Promise<Transition[]> {
        const rows = await this.#access.read((db) => {
            let query = db.selectFrom('alarm_transitions').select(['seq', 'transition']).where('of_group', '=', group)
            if (id !== undefined) query = query.where('id', '=', id)
            if (before !== undefined) query = query.where('seq', '<', before)
            return query.orderBy('seq', 'desc').limit(limit).execute()
        })
        return rows.map(({ seq, transition }) => ({ ...JSON.parse(transition), seq }))
    }
}

async function find(db: Db, group: string, id: string): Promise<Alarm | undefined> {
    const row = await db.selectFrom('alarms').select('alarm').where('of_group', '=', group).where('id', '=', id).executeTakeFirst()
    return row && JSON.parse(row.alarm)
}

async function refuseIfFull(db: Db, group: string): Promise<void> {
    const { count } = await db
        .selectFrom('alarms')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('of_group', '=', group)
        .executeTakeFirstOrThrow()
    if (Number(count) >= MOST) throw new Refusal(429, 'TOO_MANY_ALARMS', `the group ${group} has ${MOST} alarms already`)
}

async function put(db: Db, group: string, alarm: Alarm): Promise<void> {
    const { id, priority, state, since, task } = alarm
    const columns = { priority: rankOf(priority), state: state.name, since: whole(since), task, alarm: JSON.stringify(alarm) }
    await db
        .insertInto('alarms')
        .values({ of_group: group, id, ...columns })
        .onConflict((conflict) => conflict.columns(['of_group', 'id']).doUpdateSet(columns))
        .execute()
}

const rankOf = (priority: Priority) => priorities.indexOf(priority)

async function add(db: Db, group: string, transition: Omit<Transition, 'seq'>): Promise<number> {
    const { id, at } = transition
    const row = { of_group: group, id, at: whole(at), transition: JSON.stringify(transition) }
    return (await db.insertInto('alarm_transitions').values(row).returning('seq').executeTakeFirstOrThrow()).seq
}

async function forget({ read, write }: Access<AlarmTables>, before: number, ending: AbortSignal): Promise<void> {
    await write(async (db) => {
        await db.deleteFrom('alarms').where('state', '=', 'normal').where('task', 'is', null).where('since', '<', before).execute()
    })
    const next = () =>
        read((db) => db.selectFrom('alarm_transitions').select('seq').where('at', '<', before).orderBy('at').limit(PORTION).execute())
    for (let rows = await next(); rows.length > 0 && !ending.aborted; rows = await next()) {
        const seqs = rows.map(({ seq }) => seq)
        await write(async (db) => void (await db.deleteFrom('alarm_transitions').where('seq', 'in', seqs).execute()))
    }
}

async function tables(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
    await db.schema
        .createTable('alarms')
        .addColumn('of_group', 'text', (column) => column.notNull())
        .addColumn('id', 'text', (column) => column.notNull())
        .addColumn('priority', 'integer', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('since', 'bigint', (column) => column.notNull())
        .addColumn('task', 'text')
        .addColumn('alarm', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('alarms_key', ['of_group', 'id'])
        .execute()
    await db.schema.createIndex('alarms_standing').on('alarms').columns(['of_group', 'state']).where('state', '!=', 'normal').execute()
    await db.schema.createIndex('alarms_task').on('alarms').columns(['of_group']).where(sql.ref('task'), 'is not', null).execute()
    await db.schema
        .createTable('alarm_transitions')
        .addColumn('seq', ...types.counter)
        .addColumn('of_group', 'text', (column) => column.notNull())
        .addColumn('id', 'text', (column) => column.notNull())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .addColumn('transition', 'text', (column) => column.notNull())
        .execute()
    const index = (name: string, columns: string[]) =>
        db.schema.createIndex(`alarm_transitions_${name}`).on('alarm_transitions').columns(columns)
    await index('order', ['of_group', 'seq']).execute()
    await index('alarm', ['of_group', 'id', 'seq']).execute()
    await index('time', ['at']).execute()
}

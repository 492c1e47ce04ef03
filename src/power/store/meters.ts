import type { KeptMeter, SocketMeter } from '../../energy/index.ts'
import { type Kysely, sql, statement } from '../../store/index.ts'
import { fromRun } from './rows.ts'
import type { PowerTables } from './tables.ts'

/** The meter of a socket, as it was kept last. */
export async function meterOf(db: Kysely<PowerTables>, socket: string): Promise<SocketMeter | undefined> {
    const { rows } = await select(db, socket)
    return rows[0] && JSON.parse(rows[0].state)
}

const select = statement((db: Kysely<PowerTables>, socket: string) => db.selectFrom('meters').select('state').where('socket', '=', socket))

/** Keeps a meter; what waited while the store was away does not set it back. */
export async function putMeter(db: Kysely<PowerTables>, socket: string, meter: SocketMeter): Promise<void> {
    await put(db, socket, meter.steps, JSON.stringify(meter))
}

const put = statement((db: Kysely<PowerTables>, socket: string, steps: number, state: string) =>
    db
        .insertInto('meters')
        .values({ socket, steps, state })
        .onConflict((conflict) =>
            conflict
                .column('socket')
                .doUpdateSet((is) => ({ steps: is.ref('excluded.steps'), state: is.ref('excluded.state') }))
                .whereRef('excluded.steps', '>=', 'meters.steps'),
        ),
)

/** Keeps a meter, whatever is there. What a copy of before has yet to add to its rollups is added with the next reading. */
export async function replaceMeter(db: Kysely<PowerTables>, socket: string, meter: SocketMeter): Promise<void> {
    const isLater = { steps: 0, booked: null }
    await db.updateTable('meters').set(isLater).where('socket', '=', socket).where('steps', '>', meter.steps).execute()
    await putMeter(db, socket, meter)
}

/** Keeps a meter as somebody starts or stops. */
export async function putKept(db: Kysely<PowerTables>, socket: string, { meter, settled }: KeptMeter): Promise<void> {
    if (settled)
        await db.updateTable('instances').set(fromRun(settled.run)).where('id', '=', settled.id).where('stopped_at', 'is', null).execute()
    await putMeter(db, socket, meter)
}

type Closing = Pick<SocketMeter, 'perWeight' | 'costPerWeight' | 'elapsed' | 'gapAt' | 'integratedAt'>

/** W, the most that the socket drew while an instance ran that stops. */
export const greatestPower = (until: number) =>
    sql<
        number | null
    >`(select max(power) from samples where samples.socket = instances.socket and samples.at between instances.sampled_from and ${until})`

/** What instances have used that stop, by what the meter says then: each from its own columns, however many they are. */
export const closing = ({ perWeight, costPerWeight, elapsed, gapAt, integratedAt }: Closing) => ({
    energy: sql<number | null>`energy + weight * (${perWeight} - per_weight)`,
    cost: sql<number | null>`cost + weight * (${costPerWeight} - cost_per_weight)`,
    per_weight: sql<number | null>`case when weight is null then null else cast(${perWeight} as double precision) end`,
    cost_per_weight: sql<number | null>`case when weight is null then null else cast(${costPerWeight} as double precision) end`,
    ran: sql<number | null>`${elapsed} - since`,
    quality: sql<null>`case when since is null then null when since < ${gapAt} then 'gap' when since < ${integratedAt} then 'integrated' else 'counter' end`,
})

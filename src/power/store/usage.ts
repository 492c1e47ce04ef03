import { LEVELS, type Piece } from '../../energy/index.ts'
import { turn } from '../../lib/index.ts'
import { type Access, type Kysely, sql, whole } from '../../store/index.ts'
import type { TallyOf, Usage, UsageRow } from '../usage.ts'
import type { PowerTables } from './tables.ts'

/** Rollups that are read in a turn of the event loop, on average. */
const PORTION = 10_000

const columns = [
    sql<number>`sum(energy)`.as('energy'),
    sql<number>`sum(unshared)`.as('unshared'),
    sql<number>`sum(priced)`.as('priced'),
    sql<number>`sum(cost)`.as('cost'),
    sql<number>`sum(per_weight)`.as('perWeight'),
    sql<number>`sum(cost_per_weight)`.as('costPerWeight'),
    sql<number>`sum(on_ms)`.as('onMs'),
    sql<number>`sum(known)`.as('known'),
    sql<number>`sum(integrated)`.as('integrated'),
    sql<number>`sum(gap)`.as('gap'),
    sql<number | null>`min(least)`.as('least'),
    sql<number | null>`max(greatest)`.as('greatest'),
]

/** W to two digits. Databases have no logarithm in common. */
const watts = sql<number>`energy * 3600000.0 / known`
const rounded = sql<number>`case when ${watts} < 10 then round(${watts} * 10) / 10 when ${watts} < 100 then round(${watts})
    when ${watts} < 1000 then round(${watts} / 10) * 10 when ${watts} < 10000 then round(${watts} / 100) * 100 else round(${watts} / 1000) * 1000 end`

/** Reads what sockets have used by time. */
export function usageIn({ read }: Access<PowerTables>): Usage {
    const portions = async function* (sockets: readonly string[], { width, from, to }: Piece) {
        const step = Math.max(1, Math.floor(PORTION / sockets.length)) * width
        for (let start = from; start < to; start += step) {
            yield [start, Math.min(start + step, to)] as const
            await turn()
        }
    }
    return {
        kept: () => read(keptSince),
        async *summed(sockets, piece, buckets, isEach) {
            for await (const [from, to] of portions(sockets, piece))
                yield await read((db) => summed(db, sockets, { ...piece, from, to }, buckets, isEach))
        },
        async *powers(sockets, piece, isEach) {
            for await (const [from, to] of portions(sockets, piece))
                yield await read((db) => powers(db, sockets, { ...piece, from, to }, isEach))
        },
        async *rows(sockets, piece) {
            const wider = { ...piece, from: Math.floor(piece.from / piece.width) * piece.width }
            for await (const [from, to] of portions(sockets, wider)) yield await read((db) => rows(db, sockets, { ...piece, from, to }))
        },
        silences: (sockets, piece) => read((db) => silences(db, sockets, piece)),
    }
}

/** Since when there are all rollups of each level, the finest first, in milliseconds since 1970. */
async function keptSince(db: Kysely<PowerTables>): Promise<number[]> {
    const rows = await db.selectFrom('rollups_kept').selectAll().execute()
    return LEVELS.map((width) => rows.find((row) => row.width === width)?.since ?? Number.NEGATIVE_INFINITY)
}

const of = (db: Kysely<PowerTables>, sockets: readonly string[], { width, from, to }: Piece) =>
    db
        .selectFrom('rollups')
        .where('width', '=', width)
        .where('socket', 'in', sockets)
        .where('at', '>=', whole(from))
        .where('at', '<', whole(to))

const nobody = sql<string>`''`.as('socket')

function summed(
    db: Kysely<PowerTables>,
    sockets: readonly string[],
    piece: Piece,
    { origin, length }: { origin: number; length: number },
    isEach: boolean,
): Promise<TallyOf[]> {
    const bucket = sql<number>`cast((at - ${whole(origin)}) / ${whole(length)} as bigint)`.as('bucket')
    const query = of(db, sockets, piece).select(bucket).select(columns)
    return isEach ? query.select('socket').groupBy(['socket', 'bucket']).execute() : query.select(nobody).groupBy('bucket').execute()
}

function powers(db: Kysely<PowerTables>, sockets: readonly string[], piece: Piece, isEach: boolean) {
    const query = of(db, sockets, piece)
        .where('known', '>', 0)
        .select([rounded.as('watts'), sql<number>`sum(known)`.as('ms')])
    return isEach ? query.select('socket').groupBy(['socket', 'watts']).execute() : query.select(nobody).groupBy('watts').execute()
}

const single = [
    'socket',
    'at',
    'energy',
    'unshared',
    'priced',
    'cost',
    'per_weight as perWeight',
    'cost_per_weight as costPerWeight',
    'on_ms as onMs',
    'known',
    'integrated',
    'gap',
    'least',
    'greatest',
] as const

async function rows(db: Kysely<PowerTables>, sockets: readonly string[], piece: Piece): Promise<UsageRow[]> {
    const found = await of(db, sockets, piece).select(single).execute()
    return found.map(({ at, ...row }) => ({ ...row, from: at, to: at + piece.width }))
}

/** Stretches without a reading that are kept whole. There are few: each is longer than many rollups. */
async function silences(db: Kysely<PowerTables>, sockets: readonly string[], { width, from, to }: Piece): Promise<UsageRow[]> {
    const length = sql<number>`case when known > gap then known else gap end`
    const found = await db
        .selectFrom('rollups')
        .where('width', '=', -width)
        .where('socket', 'in', sockets)
        .where('at', '>', whole(from))
        .where(sql<number>`at - ${length}`, '<', to)
        .select(single)
        .select(length.as('length'))
        .execute()
    return found.map(({ at, length, ...row }) => ({ ...row, from: at - length, to: at }))
}

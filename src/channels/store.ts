import { type Access, type Kysely, preparedRows, type StoreModule, whole } from '../store/index.ts'
import type { Draft } from './channel.ts'
import type { Leftovers } from './history.ts'

/** Where messages have got their places. */
export interface Place {
    epoch: string
    /** The place of the latest message. */
    last: number
}

/** What is kept of all channels. */
export interface Kept extends Place {
    messages: (Draft & { seq: number })[]
    /** Up to where channels have lost messages, by name. */
    lost: Map<string, number>
}

/** What is written together. */
export interface Batch extends Leftovers {
    /** How many places are taken. */
    count: number
    /** What is kept of the messages that take them, each with its place among these, from 0. */
    messages: (Draft & { index: number })[]
    /** What was the latest place so far. */
    known: Place
}

/** What keeps the messages of channels. Everything rejects with a {@link Refusal} 503 `STORE_UNAVAILABLE` while the store is away. */
export interface ChannelRepository {
    /** @param epoch that of a store which has none */
    load(epoch: string): Promise<Kept>
    /**
     * Writes messages, and removes those that are not kept any more.
     * @param epoch the one that begins if the database is not that of before, or an older copy of it: nothing is removed there
     */
    add(batch: Batch, epoch: string): Promise<Place>
}

interface ChannelTables {
    channel_messages: { seq: number; channel: string; key: string; at: number; data: string }
    /** One row. */
    channel_place: { id: number; epoch: string; last: number }
    /** Up to where channels have lost messages. */
    channel_losses: { channel: string; seq: number }
}

type Db = Kysely<ChannelTables>

/** Keeps the latest messages of channels. */
export const channelStore: StoreModule<ChannelRepository> = {
    migrations: { '0040-channels': channels },
    open: ({ access }) => repository(access()),
}

async function channels(db: Kysely<unknown>): Promise<void> {
    await db.schema
        .createTable('channel_messages')
        .addColumn('seq', 'bigint', (column) => column.primaryKey())
        .addColumn('channel', 'text', (column) => column.notNull())
        .addColumn('key', 'text', (column) => column.notNull())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .addColumn('data', 'text', (column) => column.notNull())
        .execute()
    await db.schema
        .createTable('channel_place')
        .addColumn('id', 'integer', (column) => column.primaryKey())
        .addColumn('epoch', 'text', (column) => column.notNull())
        .addColumn('last', 'bigint', (column) => column.notNull())
        .execute()
    await db.schema
        .createTable('channel_losses')
        .addColumn('channel', 'text', (column) => column.primaryKey())
        .addColumn('seq', 'bigint', (column) => column.notNull())
        .execute()
}

const putMessages = preparedRows((db: Db, rows: number) =>
    db.insertInto('channel_messages').values(Array.from({ length: rows }, () => ({ seq: 0, channel: '', key: '', at: 0, data: '' }))),
)

const removeMessages = preparedRows((db: Db, rows: number) =>
    db.deleteFrom('channel_messages').where(
        'seq',
        'in',
        Array.from({ length: rows }, () => 0),
    ),
)

const repository = ({ read, write }: Access<ChannelTables>): ChannelRepository => ({
    async load(epoch) {
        await write(async (db) => void (await begin(db, epoch)))
        return await read(async (db) => {
            const place = await db.selectFrom('channel_place').select(['epoch', 'last']).executeTakeFirstOrThrow()
            const messages = await db.selectFrom('channel_messages').selectAll().orderBy('seq').execute()
            const losses = await db.selectFrom('channel_losses').selectAll().execute()
            return { ...place, messages, lost: new Map(losses.map(({ channel, seq }) => [channel, seq])) }
        })
    },
    async add(batch, epoch) {
        let place: Place | undefined
        await write(async (db) => {
            place = await add(db, batch, epoch)
        })
        return place!
    },
})

async function begin(db: Db, epoch: string): Promise<Place> {
    const place = await db.selectFrom('channel_place').select(['epoch', 'last']).executeTakeFirst()
    if (place) return place
    await db.insertInto('channel_place').values({ id: 1, epoch, last: 0 }).execute()
    return { epoch, last: 0 }
}

async function add(db: Db, { count, messages, known, removed, lost }: Batch, another: string): Promise<Place> {
    const found = await begin(db, another)
    // An older copy of the database would give places anew that were given to others.
    const isOlder = found.epoch === known.epoch && found.last < known.last
    const epoch = isOlder ? another : found.epoch
    const last = found.last + count
    await db.updateTable('channel_place').set({ epoch, last }).execute()
    const rows = messages.map(({ index, channel, key, at, data }) => [found.last + index + 1, channel, key, whole(at), data])
    await putMessages(db, rows)
    if (epoch === known.epoch) {
        await removeMessages(
            db,
            removed.map((seq) => [seq]),
        )
        for (const [channel, seq] of lost) await setLost(db, channel, seq)
    }
    return { epoch, last }
}

/** @param seq 0 for a channel that is forgotten */
async function setLost(db: Db, channel: string, seq: number): Promise<void> {
    if (seq === 0) await db.deleteFrom('channel_losses').where('channel', '=', channel).execute()
    else
        await db
            .insertInto('channel_losses')
            .values({ channel, seq })
            .onConflict((conflict) => conflict.column('channel').doUpdateSet({ seq }))
            .execute()
}

import type { SocketMeter } from '../../energy/index.ts'
import { afterTurn, turn } from '../../lib/index.ts'
import { type Access, type Kysely, preparedRow, statement, whole } from '../../store/index.ts'
import type { Reading } from '../repository.ts'
import { bookMeter } from './rollups.ts'
import type { NewRow, PowerTables, Row } from './tables.ts'

/** Samples are read in pages, so that years of them do not hold up everything else. */
const PAGE = 2000
/** Rows that reading none costs as much as. */
const LEAST = 50

/** Readings of sockets. However many read at a time, no more than a page or so is read in a turn of the event loop. */
export class Samples {
    readonly #access: Access<PowerTables>
    #last: Promise<unknown> = Promise.resolve()
    /** What was read in this turn of the event loop, in rows. */
    #read = 0
    #holders = 0

    constructor(access: Access<PowerTables>) {
        this.#access = access
    }

    /** Whether none may be deleted. */
    get isHeld(): boolean {
        return this.#holders > 0
    }

    hold(): () => void {
        this.#holders++
        let release = () => {
            this.#holders--
            release = () => {}
        }
        return () => release()
    }

    /** @param meter is kept along with it */
    add(socket: string, reading: Reading, meter: SocketMeter | undefined): Promise<void> {
        return this.#access.write(async (db) => {
            await add(db, { socket, at: reading.at, ...fromReading(reading) })
            if (meter) await bookMeter(db, socket, meter, reading.power)
        })
    }

    async *pages(socket: string, from: number, to: number): AsyncGenerator<Reading[]> {
        const end = whole(to)
        for (let start = whole(from); ; ) {
            const rows = await this.#inTurn(async () => (await this.#access.read((db) => page(db, socket, start, end, PAGE))).rows)
            yield rows.map(toReading)
            if (rows.length < PAGE) return
            start = rows.at(-1)!.at + 1
        }
    }

    /** One after the other, and as much as one page in a turn. */
    #inTurn<T>(read: () => Promise<T[]>): Promise<T[]> {
        const result = this.#last.then(async () => {
            while (this.#read >= PAGE) await turn()
            const rows = await read()
            this.#count(LEAST + rows.length)
            return rows
        })
        this.#last = result.catch(() => {})
        return result
    }

    /** The database may have taken many turns to answer: these rows belong to the present one. */
    #count(rows: number): void {
        if (this.#read === 0)
            afterTurn(() => {
                this.#read = 0
            })
        this.#read += rows
    }
}

const page = statement((db: Kysely<PowerTables>, socket: string, from: number, to: number, limit: number) =>
    db
        .selectFrom('samples')
        .selectAll()
        .where('socket', '=', socket)
        .where('at', '>=', from)
        .where('at', '<=', to)
        .orderBy('at')
        .limit(limit),
)

/** Of two readings in the same millisecond the later one counts. */
const add = preparedRow((db: Kysely<PowerTables>, row: NewRow<'samples'>) => {
    const { socket: _socket, at: _at, ...values } = row
    const columns = Object.keys(values) as (keyof typeof values)[]
    return db
        .insertInto('samples')
        .values(row)
        .onConflict((conflict) =>
            conflict
                .columns(['socket', 'at'])
                .doUpdateSet((is) => Object.fromEntries(columns.map((column) => [column, is.ref(`excluded.${column}`)]))),
        )
})

const fromReading = (reading: Reading): Omit<NewRow<'samples'>, 'socket' | 'at'> => ({
    today: reading.today,
    total: reading.total,
    power: reading.power,
    apparent_power: reading.apparentPower,
    reactive_power: reading.reactivePower,
    factor: reading.factor,
    voltage: reading.voltage,
    current: reading.current,
})

const toReading = (row: Row<'samples'>): Reading => ({
    at: row.at,
    today: row.today,
    total: row.total,
    power: row.power,
    apparentPower: row.apparent_power,
    reactivePower: row.reactive_power,
    factor: row.factor,
    voltage: row.voltage,
    current: row.current,
})

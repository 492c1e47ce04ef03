import { greatest, type InstanceEnergy, instanceData, iso, type Present } from './instance-data.ts'
import type { InstanceRow, PowerRepository, Reading } from './repository.ts'

/** Readings of one instance that are held as text; those of a longer one are read once for each column instead. */
const MOST_HELD = 200_000
/** Characters in one piece, about. */
const PIECE = 65_536

const columns = ['today', 'apparentPower', 'current', 'factor', 'power', 'reactivePower', 'voltage', 'timestamp'] as const
type Column = (typeof columns)[number] & keyof InstanceEnergy

/**
 * The text of a `server_state.json`, piece by piece: however much there is, little of it is in memory.
 * @param present ends the readings of those that still run
 */
export function serverState(
    server: object,
    pages: AsyncIterable<InstanceRow[]>,
    store: PowerRepository,
    present: Present,
): AsyncGenerator<string> {
    return pieces(state(server, pages, store, present))
}

async function* state(
    server: object,
    pages: AsyncIterable<InstanceRow[]>,
    store: PowerRepository,
    present: Present,
): AsyncGenerator<string> {
    yield `{"server":${JSON.stringify(server)},"instances":{`
    let comma = ''
    for await (const page of pages)
        for (const row of page) {
            const key = JSON.stringify(row.id)
            yield `${comma}${key}:{"id":${key},"energy":{`
            const most = new Most()
            yield* energy(() => most.of(store.samples(row.socket, row.sampledFrom, row.stoppedAt ?? present.now)))
            const { id: _, energy: __, ...rest } = instanceData(row, [], present, most.power)
            yield `},${JSON.stringify(rest).slice(1)}`
            comma = ','
        }
    yield '}}'
}

/** Looks for the greatest power in W in what is read. */
class Most {
    power: number | null = null

    async *of(pages: AsyncIterable<Reading[]>): AsyncGenerator<Reading[]> {
        for await (const page of pages) {
            this.power = greatest(page, this.power)
            yield page
        }
    }
}

type Pages = () => AsyncIterable<Reading[]>

async function* energy(read: Pages): AsyncGenerator<string> {
    const held = await hold(read)
    for (const [n, column] of columns.entries()) {
        yield `${n > 0 ? ',' : ''}"${column}":[`
        if (held) yield* held[n]!
        else yield* cells(read, column)
        yield ']'
    }
}

/** The columns of all readings, in pieces; undefined if there are too many. */
async function hold(read: Pages): Promise<string[][] | undefined> {
    const held: string[][] = columns.map(() => [])
    let count = 0
    for await (const page of read()) {
        for (const [n, column] of columns.entries()) held[n]!.push(text(page, column, count === 0))
        count += page.length
        if (count > MOST_HELD) return undefined
    }
    return held
}

async function* cells(read: Pages, column: Column): AsyncGenerator<string> {
    let first = true
    for await (const page of read()) {
        yield text(page, column, first)
        first = false
    }
}

const text = (page: readonly Reading[], column: Column, first: boolean): string =>
    page.length === 0 ? '' : (first ? '' : ',') + page.map((reading) => cell(reading, column)).join(',')

function cell(reading: Reading, column: Column): string {
    if (column === 'timestamp') return `"${iso(reading.at)}"`
    const value = reading[column]
    return Number.isFinite(value) ? String(value) : 'null'
}

/** Joins small pieces: each costs a write. */
async function* pieces(texts: AsyncIterable<string>): AsyncGenerator<string> {
    let piece = ''
    for await (const text of texts) {
        piece += text
        if (piece.length < PIECE) continue
        yield piece
        piece = ''
    }
    yield piece
}

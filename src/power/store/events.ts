import { type Kysely, preparedRows, statement } from '../../store/index.ts'
import type { PowerEvent } from '../repository.ts'
import type { NewRow, PowerTables } from './tables.ts'

/** Events that are kept of one socket, the latest; a few more until they are deleted together. */
const MOST = 10_000
const TOGETHER = 1000
/** Times in a minute that a socket may go on or off without our asking before what lies in between is left out. */
const FLAPS = 20
const MINUTE = 60_000

const isUnasked = ({ owner }: { owner: string }) => owner === '<manual>' || owner === '<unknown>'

/** Writes down that a socket went on or off. Of one that flaps, the beginning is kept, and always whether it is on now. */
export async function addEvents(db: Kysely<PowerTables>, socket: string, events: readonly PowerEvent[]): Promise<void> {
    const { rows: last } = await latest(db, socket, 1)
    let seq = last[0]?.seq ?? 0
    const first = seq
    let rows: (string | number)[][] = []
    for (const event of events) {
        if (isUnasked(event)) {
            await insert(db, rows)
            rows = []
            if (await isFlapping(db, socket, event, seq)) {
                // It is again as it was before that.
                await db.deleteFrom('power_events').where('socket', '=', socket).where('seq', '=', seq).execute()
                seq--
                continue
            }
        }
        rows.push([socket, ++seq, event.at, event.kind, event.owner])
    }
    await insert(db, rows)
    if (Math.floor(seq / TOGETHER) > Math.floor(first / TOGETHER))
        await db
            .deleteFrom('power_events')
            .where('socket', '=', socket)
            .where('seq', '<=', seq - MOST)
            .execute()
}

const empty: NewRow<'power_events'> = { socket: '', seq: 0, at: 0, kind: 'on', owner: '' }

/** Rows of {@link empty}'s order. */
const insert = preparedRows((db: Kysely<PowerTables>, rows) =>
    db.insertInto('power_events').values(Array.from({ length: rows }, () => empty)),
)

const latest = statement((db: Kysely<PowerTables>, socket: string, count: number) =>
    db.selectFrom('power_events').selectAll().where('socket', '=', socket).orderBy('seq', 'desc').limit(count),
)

async function isFlapping(db: Kysely<PowerTables>, socket: string, event: PowerEvent, seq: number): Promise<boolean> {
    const { rows: recent } = await latest(db, socket, FLAPS)
    const [one, other] = recent
    if (recent.length < FLAPS || !one || !other || one.seq !== seq || other.seq !== seq - 1) return false
    if (one.kind === event.kind || other.kind !== event.kind || !isUnasked(one) || !isUnasked(other)) return false
    return recent.every(({ at }) => Math.abs(event.at - at) < MINUTE)
}

/** How a device's messages came, counted since it was first heard of. */
export interface SequenceHealth {
    /** Messages that have not come. */
    gaps: number
    /** Messages that came once more. */
    duplicates: number
    /** Messages that came after a later one. */
    reordered: number
}

/** What a message's id tells. */
export interface Hearing {
    /** The counts so far. */
    counts: SequenceHealth
    /** Rises in the order in which a device sent its messages, also where ids wrap and where it begins anew. Undefined if that was no id. */
    order: number | undefined
    /** Whether this very message is known to have come before, and later ones since. */
    isOld: boolean
}

interface Heard extends SequenceHealth {
    /** The order of the first message since the device began anew, and of the latest; below zero before the first. */
    first: number
    latest: number
    /** Who sent the latest: a connection's own name, if that is known. */
    connection: string | undefined
    /** Which of the latest {@link WINDOW} have not come. */
    missing: Set<number>
    /** Which of them came and were refused, so that they may have to come again. */
    refused: Set<number>
}

/** Message ids are 0000 to 9999, and then begin anew. */
const IDS = 10_000
/** How far behind a message may be to count as late or repeated; one that is further behind comes from a device that began anew. */
const WINDOW = 256
/** Devices begin with 0000 or 0001. */
const LAST_BEGINNING = 1

/**
 * Tells from message ids what became of the messages of each device: lost, repeated, or overtaken by a later one. A late message fills
 * its gap. A device that begins anew is no fault and keeps its counts: it does so with an INIT, from far behind, on another connection
 * from 0 or 1 or from where it was first heard of, or from 0 if nobody knows what it came by.
 */
export class Sequences {
    readonly #devices = new Map<string, Heard>()

    /**
     * Takes note of a message.
     * @param sequence its id, from 0 to 9999; anything else counts for nothing
     * @param connection what it came by, if known
     */
    heard(device: string, sequence: number, kind?: string, connection?: string): Hearing {
        const heard = this.#device(device)
        const isId = Number.isInteger(sequence) && sequence >= 0 && sequence < IDS
        const place = isId ? note(heard, sequence, kind === 'INIT', connection) : { order: undefined, isOld: false }
        return { counts: { gaps: heard.gaps, duplicates: heard.duplicates, reordered: heard.reordered }, ...place }
    }

    /** A message came to nothing: it may come again, and is not old then. */
    refused(device: string, order: number): void {
        this.#devices.get(device)?.refused.add(order)
    }

    /** Goes on from counts that were kept. */
    resume(device: string, counts: SequenceHealth): void {
        Object.assign(this.#device(device), counts)
    }

    forget(device: string): void {
        this.#devices.delete(device)
    }

    #device(device: string): Heard {
        let heard = this.#devices.get(device)
        if (!heard) {
            const counts = { gaps: 0, duplicates: 0, reordered: 0 }
            heard = { ...counts, first: -1, latest: -1, connection: undefined, missing: new Set(), refused: new Set() }
            this.#devices.set(device, heard)
        }
        return heard
    }
}

function note(heard: Heard, sequence: number, init: boolean, connection: string | undefined): { order: number; isOld: boolean } {
    // An order is an id and a number of times that ids have wrapped, or might have.
    const ahead = (sequence - (heard.latest % IDS) - 1 + 2 * IDS) % IDS
    const next = heard.latest + 1 + ahead
    const order = IDS - ahead <= WINDOW ? next - IDS : next
    const isAnew = init || heard.latest < 0 || begins(heard, { sequence, order, connection })
    heard.connection = connection
    if (isAnew) start(heard, sequence)
    else if (order <= heard.latest) return { order, isOld: goBack(heard, order) }
    else if (ahead < IDS / 2) advance(heard, order)
    else start(heard, sequence)
    return { order: heard.latest, isOld: false }
}

/** Whether the device begins anew without saying so. */
function begins(
    heard: Heard,
    { sequence, order, connection }: { sequence: number; order: number; connection: string | undefined },
): boolean {
    // To leave out what a device says for a while would be worse than to take a late 0 for a beginning.
    if (connection === undefined) return sequence === 0 && order < heard.latest
    return connection !== heard.connection && (sequence <= LAST_BEGINNING || order <= heard.first)
}

/** @returns whether it had come already, and later ones since */
function goBack(heard: Heard, order: number): boolean {
    if (heard.missing.delete(order)) {
        heard.gaps--
        heard.reordered++
        return false
    }
    heard.duplicates++
    // What came before the first that was heard nobody knows.
    return !heard.refused.delete(order) && order < heard.latest && order >= heard.first
}

function start(heard: Heard, sequence: number): void {
    heard.missing.clear()
    heard.refused.clear()
    // Whatever comes now is later than all there was.
    heard.first = heard.latest < 0 ? sequence + IDS : (Math.floor((heard.latest + WINDOW) / IDS) + 1) * IDS + sequence
    heard.latest = heard.first
}

function advance(heard: Heard, order: number): void {
    heard.gaps += order - heard.latest - 1
    for (let id = Math.max(heard.latest + 1, order - WINDOW); id < order; id++) heard.missing.add(id)
    heard.latest = order
    for (const ids of [heard.missing, heard.refused]) for (const id of ids) if (id <= order - WINDOW) ids.delete(id)
}

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
    /** Whether this very message is known to have been kept before, and later ones have come since. */
    isOld: boolean
}

interface Heard extends SequenceHealth {
    /** The order of the latest message; below zero before the first. */
    latest: number
    /** Who sent the latest: a connection's own name, if that is known. */
    connection: string | undefined
    /** Which of the latest {@link WINDOW} have not come. */
    missing: Set<number>
    /** Digests of the latest {@link WINDOW}, each where its order says; 0 if nothing is known of it. The bit {@link KEPT} tells that it was kept. */
    contents: Uint32Array
}

/** A message that came. */
interface Came {
    sequence: number
    kind: string | undefined
    connection: string | undefined
    content: number
}

/** Message ids are 0000 to 9999, and then begin anew. */
const IDS = 10_000
/** How far behind a message may be to count as late or repeated; one that is further behind comes from a device that began anew. */
const WINDOW = 256
/** Devices begin with 0000 or 0001. */
const LAST_BEGINNING = 1
const KEPT = 1

/**
 * Tells from message ids what became of the messages of each device: lost, repeated, or overtaken by a later one. A late message fills
 * its gap. A device that begins anew is no fault and keeps its counts. Whatever may be new is taken for a beginning: an INIT, an id from
 * before the latest on another connection, or one that came already with other content. Only what is known to have been kept is old.
 */
export class Sequences {
    readonly #devices = new Map<string, Heard>()

    /**
     * Takes note of a message.
     * @param sequence its id, from 0 to 9999; anything else counts for nothing
     * @param connection what it came by, if known
     * @param content what {@link digestOf} makes of it
     */
    heard(device: string, sequence: number, kind?: string, connection?: string, content = KEPT + 1): Hearing {
        const heard = this.#device(device)
        const isId = Number.isInteger(sequence) && sequence >= 0 && sequence < IDS
        const place = isId ? note(heard, { sequence, kind, connection, content }) : { order: undefined, isOld: false }
        return { counts: { gaps: heard.gaps, duplicates: heard.duplicates, reordered: heard.reordered }, ...place }
    }

    /** A message was kept: if it comes again it is old. */
    kept(device: string, order: number): void {
        const heard = this.#devices.get(device)
        if (heard && order <= heard.latest && order > heard.latest - WINDOW && heard.contents[order % WINDOW])
            heard.contents[order % WINDOW]! |= KEPT
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
            heard = { ...counts, latest: -1, connection: undefined, missing: new Set(), contents: new Uint32Array(WINDOW) }
            this.#devices.set(device, heard)
        }
        return heard
    }
}

/** A short number for what a message says; 0 if it cannot be told, which is like nothing else. */
export function digestOf(content: unknown): number {
    let text: string | undefined
    try {
        text = JSON.stringify(content instanceof Map ? [...content] : content)
    } catch {
        return 0
    }
    if (text === undefined) return 0
    // FNV-1a: it is not to keep anybody from making two that are alike, which would be their own loss.
    let hash = 0x811c9dc5
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
    return (hash & ~KEPT) >>> 0 || KEPT + 1
}

function note(heard: Heard, came: Came): { order: number; isOld: boolean } {
    // An order is an id and a number of times that ids have wrapped, or might have.
    const ahead = (came.sequence - (heard.latest % IDS) - 1 + 2 * IDS) % IDS
    const next = heard.latest + 1 + ahead
    const order = IDS - ahead <= WINDOW ? next - IDS : next
    const isOther = came.connection !== heard.connection
    const isBack = order <= heard.latest
    const isAnew = heard.latest < 0 || begins(heard, came, order) || (!isBack && ahead >= IDS / 2)
    heard.connection = came.connection
    if (!isAnew && isBack) return { order, isOld: goBack(heard, order, came.content) }
    if (isAnew) start(heard, came.sequence)
    else advance(heard, order, isOther)
    heard.contents[heard.latest % WINDOW] = came.content
    return { order: heard.latest, isOld: false }
}

/** Whether the device begins anew: to leave out what it says then would be worse than to take a late message for a beginning. */
function begins(heard: Heard, { sequence, kind, connection, content }: Came, order: number): boolean {
    if (kind === 'INIT') return true
    const isOther = connection !== heard.connection
    if (isOther && sequence <= LAST_BEGINNING) return true
    if (order > heard.latest) return false
    const isRepeated = isSame(heard.contents[order % WINDOW]!, content)
    if (order === heard.latest) return isOther && !isRepeated
    return isOther || (connection === undefined && sequence === 0) || !(isRepeated || heard.missing.has(order))
}

const isSame = (known: number, content: number): boolean => known !== 0 && (known | KEPT) === (content | KEPT)

/** @returns whether it had been kept already, and later ones have come since */
function goBack(heard: Heard, order: number, content: number): boolean {
    const place = order % WINDOW
    if (heard.missing.delete(order)) {
        heard.gaps--
        heard.reordered++
        heard.contents[place] = content
        return false
    }
    heard.duplicates++
    if (!isSame(heard.contents[place]!, content)) heard.contents[place] = content
    return order < heard.latest && (heard.contents[place]! & KEPT) !== 0
}

function start(heard: Heard, sequence: number): void {
    heard.missing.clear()
    heard.contents.fill(0)
    // Whatever comes now is later than all there was.
    heard.latest = heard.latest < 0 ? sequence + IDS : (Math.floor((heard.latest + WINDOW) / IDS) + 1) * IDS + sequence
}

/** @param isOther whether it came by another connection: what is missing before that does not come any more */
function advance(heard: Heard, order: number, isOther: boolean): void {
    const { missing, contents, latest } = heard
    heard.gaps += order - latest - 1
    heard.latest = order
    if (isOther) missing.clear()
    for (let id = Math.max(latest + 1, order - WINDOW + 1); id < order; id++) {
        if (!isOther) missing.add(id)
        contents[id % WINDOW] = 0
    }
    for (const id of missing) if (id <= order - WINDOW) missing.delete(id)
}

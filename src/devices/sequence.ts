/** How a device's messages came, counted since it was first heard of. */
export interface SequenceHealth {
    /** Messages that have not come. */
    gaps: number
    /** Messages that came once more. */
    duplicates: number
    /** Messages that came after a later one. */
    reordered: number
}

interface Heard extends SequenceHealth {
    /** The number that the next message should have. */
    next: number
    /** Who sent the latest: a connection's own name, if that is known. */
    connection: string | undefined
    /** Which of the latest {@link WINDOW} numbers have not come. */
    missing: Set<number>
}

/** Message ids are 0000 to 9999, and then begin anew. */
const IDS = 10_000
/** How far behind a message may be to count as late or repeated; one that is further behind comes from a device that began anew. */
const WINDOW = 256

/**
 * Tells from message ids what became of the messages of each device: lost, repeated, or overtaken by a later one. A late message fills
 * its gap. A device that begins anew, with an INIT, from 0 on another connection, or from far behind, is no fault and keeps its counts.
 */
export class Sequences {
    readonly #devices = new Map<string, Heard>()

    /**
     * Takes note of a message.
     * @param sequence its id, from 0 to 9999; anything else counts for nothing
     * @param connection what it came by, if known
     * @returns the counts so far
     */
    heard(device: string, sequence: number, kind?: string, connection?: string): SequenceHealth {
        const heard = this.#device(device)
        if (Number.isInteger(sequence) && sequence >= 0 && sequence < IDS) note(heard, sequence, kind === 'INIT', connection)
        return { gaps: heard.gaps, duplicates: heard.duplicates, reordered: heard.reordered }
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
            heard = { gaps: 0, duplicates: 0, reordered: 0, next: -1, connection: undefined, missing: new Set() }
            this.#devices.set(device, heard)
        }
        return heard
    }
}

function note(heard: Heard, sequence: number, init: boolean, connection: string | undefined): void {
    const ahead = (sequence - heard.next + IDS) % IDS
    const behind = IDS - ahead
    const anew = sequence === 0 && connection !== heard.connection
    heard.connection = connection
    if (init || anew || heard.next < 0) start(heard, sequence)
    else if (behind <= WINDOW) {
        if (heard.missing.delete(sequence)) {
            heard.gaps--
            heard.reordered++
        } else heard.duplicates++
    } else if (ahead < IDS / 2) advance(heard, sequence, ahead)
    else start(heard, sequence)
}

function start(heard: Heard, sequence: number): void {
    heard.missing.clear()
    heard.next = (sequence + 1) % IDS
}

function advance(heard: Heard, sequence: number, ahead: number): void {
    heard.gaps += ahead
    for (let n = Math.min(ahead, WINDOW); n > 0; n--) heard.missing.add((sequence - n + IDS) % IDS)
    heard.next = (sequence + 1) % IDS
    for (const id of heard.missing) if ((heard.next - id + IDS) % IDS > WINDOW) heard.missing.delete(id)
}

/** Faults in the order of a device's messages, counted since it was registered. */
export interface SequenceHealth {
    /** Missing messages. */
    gaps: number
    /** Messages that came again. */
    duplicates: number
    /** Messages that came after a later one. */
    reordered: number
}

/** The place of a message among those of its device. */
interface Placed {
    /** The counts so far. */
    counts: SequenceHealth
    /** Rises with each message that the device sends, also when ids wrap and when it restarts; undefined if the message has no valid id. */
    order: number | undefined
    /** Whether this very message was stored before, and later ones have come since. */
    isOld: boolean
}

interface DeviceState extends SequenceHealth {
    /** The order of the latest message; -1 before the first. */
    latest: number
    /** The connection of the latest message, if it is known. */
    connection: string | undefined
    /** Which of the latest {@link WINDOW} messages are missing. */
    missing: Set<number>
    /** Digests of the latest {@link WINDOW} messages, by order; 0 if unknown. The bit {@link STORED} says that the message was stored. */
    contents: Uint32Array
}

interface Message {
    sequence: number
    kind: string | undefined
    connection: string | undefined
    content: number
}

/** Message ids are 0000 to 9999, and then 0000 again. */
const IDS = 10_000
/** A message may be late or repeated by so many; one further behind comes from a device that has restarted. */
const WINDOW = 256
/** The first id of a device is 0000 or 0001. */
const MAX_FIRST = 1
const STORED = 1

/**
 * Finds missing, repeated and reordered messages of each device by their ids. A late message fills its gap. A restart of a device is no fault
 * and keeps its counts. In doubt a message counts as a restart: an INIT, an id before the latest on another connection, or one that came
 * before with other content.
 */
export class Sequences {
    readonly #devices = new Map<string, DeviceState>()

    /**
     * Adds a message.
     * @param sequence its id, from 0 to 9999; others are ignored
     * @param connection its connection, if known
     * @param content its {@link digestOf}
     */
    add(device: string, sequence: number, kind?: string, connection?: string, content = STORED + 1): Placed {
        const state = this.#device(device)
        const isId = Number.isInteger(sequence) && sequence >= 0 && sequence < IDS
        const { order, isOld } = isId ? placed(state, { sequence, kind, connection, content }) : { order: undefined, isOld: false }
        const { gaps, duplicates, reordered } = state
        return { counts: { gaps, duplicates, reordered }, order, isOld }
    }

    /** Marks a message as stored, so that it is old if it comes again. */
    stored(device: string, order: number): void {
        const state = this.#devices.get(device)
        if (state && order <= state.latest && order > state.latest - WINDOW && state.contents[order % WINDOW])
            state.contents[order % WINDOW]! |= STORED
    }

    /** Sets the counts of a device, as they were stored. */
    resume(device: string, counts: SequenceHealth): void {
        Object.assign(this.#device(device), counts)
    }

    forget(device: string): void {
        this.#devices.delete(device)
    }

    #device(device: string): DeviceState {
        let state = this.#devices.get(device)
        if (!state) {
            const counts = { gaps: 0, duplicates: 0, reordered: 0 }
            state = { ...counts, latest: -1, connection: undefined, missing: new Set(), contents: new Uint32Array(WINDOW) }
            this.#devices.set(device, state)
        }
        return state
    }
}

/** A hash of the content of a message; 0 if there is none. */
export function digestOf(content: unknown): number {
    let text: string | undefined
    try {
        text = JSON.stringify(content instanceof Map ? [...content] : content)
    } catch {
        return 0
    }
    if (text === undefined) return 0
    // FNV-1a is enough: a device that makes collisions harms only itself.
    let hash = 0x811c9dc5
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
    return (hash & ~STORED) >>> 0 || STORED + 1
}

function placed(state: DeviceState, message: Message): { order: number; isOld: boolean } {
    // An order is the id plus 10 000 for each time that ids have wrapped.
    const ahead = (message.sequence - (state.latest % IDS) - 1 + 2 * IDS) % IDS
    const next = state.latest + 1 + ahead
    const order = IDS - ahead <= WINDOW ? next - IDS : next
    const isOtherConnection = message.connection !== state.connection
    const isEarlier = order <= state.latest
    const restarts = state.latest < 0 || isRestart(state, message, order) || (!isEarlier && ahead >= IDS / 2)
    state.connection = message.connection
    if (!restarts && isEarlier) return { order, isOld: placeEarlier(state, order, message.content) }
    if (restarts) restart(state, message.sequence)
    else advance(state, order, isOtherConnection)
    state.contents[state.latest % WINDOW] = message.content
    return { order: state.latest, isOld: false }
}

/** Whether the device has restarted: to ignore what it sends then would be worse than to take a late message for a restart. */
function isRestart(state: DeviceState, { sequence, kind, connection, content }: Message, order: number): boolean {
    if (kind === 'INIT') return true
    const isOtherConnection = connection !== state.connection
    if (isOtherConnection && sequence <= MAX_FIRST) return true
    if (order > state.latest) return false
    const isRepeated = isSame(state.contents[order % WINDOW]!, content)
    if (order === state.latest) return isOtherConnection && !isRepeated
    return isOtherConnection || (connection === undefined && sequence === 0) || !(isRepeated || state.missing.has(order))
}

const isSame = (known: number, content: number): boolean => known !== 0 && (known | STORED) === (content | STORED)

/** @returns whether it is old */
function placeEarlier(state: DeviceState, order: number, content: number): boolean {
    const place = order % WINDOW
    if (state.missing.delete(order)) {
        state.gaps--
        state.reordered++
        state.contents[place] = content
        return false
    }
    state.duplicates++
    if (!isSame(state.contents[place]!, content)) state.contents[place] = content
    return order < state.latest && (state.contents[place]! & STORED) !== 0
}

function restart(state: DeviceState, sequence: number): void {
    state.missing.clear()
    state.contents.fill(0)
    // The order goes on above all before.
    state.latest = state.latest < 0 ? sequence + IDS : (Math.floor((state.latest + WINDOW) / IDS) + 1) * IDS + sequence
}

/** @param isOtherConnection whether it came by another connection: what is missing before will not come any more */
function advance(state: DeviceState, order: number, isOtherConnection: boolean): void {
    const { missing, contents, latest } = state
    state.gaps += order - latest - 1
    state.latest = order
    if (isOtherConnection) missing.clear()
    for (let id = Math.max(latest + 1, order - WINDOW + 1); id < order; id++) {
        if (!isOtherConnection) missing.add(id)
        contents[id % WINDOW] = 0
    }
    for (const id of missing) if (id <= order - WINDOW) missing.delete(id)
}

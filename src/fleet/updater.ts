import { put } from '../lib/index.ts'
import type { Fleet, Updated, UpdateOptions } from './fleet.ts'
import type { Heading, SequenceColumns } from './sequence-columns.ts'

/** A message that tells of a device: a peer's, or one of the flow itself, which has no peer. */
export interface Report {
    payload?: unknown
    peer?: { account?: unknown; connection?: unknown } | null
}

export interface UpdaterOptions extends Pick<UpdateOptions, 'register' | 'history'> {
    fleet: Fleet
    /** What looks at the numbers of messages; undefined if nobody wants that. */
    sequences: SequenceColumns | undefined
}

/** Gives a fleet what messages tell of its devices. */
export class Updater {
    readonly #o: UpdaterOptions

    constructor(options: UpdaterOptions) {
        this.#o = options
    }

    /** Resolves once it is committed. @throws {@link Refusal} as {@link Fleet.update} does */
    async take(id: unknown, set: unknown, report: Report): Promise<Updated> {
        const { fleet, sequences, register, history } = this.#o
        if (!fleet.isLoaded) await fleet.load()
        const owner = ownerOf(report)
        const noted = sequences?.add(id, set, headingOf(report, owner))
        try {
            const updated = await fleet.update(id, noted ? noted.set : set, { owner, register, history })
            noted?.done()
            return updated
        } catch (error) {
            noted?.undo()
            if (typeof id === 'string' && !fleet.rows.has(id)) sequences?.forget(id)
            throw error
        }
    }
}

/** What a flow says of its own accord is said for every device; what a peer says only for those of its account. */
export function ownerOf({ peer }: Report): string | null | undefined {
    if (typeof peer !== 'object' || peer === null) return undefined
    return typeof peer.account === 'string' && peer.account !== '' ? peer.account : null
}

/** The properties that are different now, as an object of its own. */
export function changesOf({ changed }: Updated): Record<string, unknown> {
    const set: Record<string, unknown> = {}
    for (const [name, value] of changed) put(set, name, value)
    return set
}

function headingOf({ payload, peer }: Report, owner: string | null | undefined): Heading {
    if (typeof payload !== 'object' || payload === null) return { owner }
    const { sequence, kind }: Heading = payload
    return { sequence, kind, connection: peer?.connection, owner }
}

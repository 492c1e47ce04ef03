import { put } from '../lib/index.ts'
import type { Fleet, Updated, UpdateOptions } from './fleet.ts'
import type { MessageInfo, SequenceColumns } from './sequence-columns.ts'

/** A message about a device; one of the flow itself has no peer. */
export interface DeviceReport {
    payload?: unknown
    peer?: { account?: unknown; connection?: unknown } | null
}

interface UpdaterOptions extends Pick<UpdateOptions, 'register' | 'history'> {
    fleet: Fleet
    /** Checks the order of messages; undefined if that is switched off. */
    sequences: SequenceColumns | undefined
}

/** Updates a fleet by messages about its devices. */
export class Updater {
    readonly #o: UpdaterOptions

    constructor(options: UpdaterOptions) {
        this.#o = options
    }

    /** Resolves once it is committed. @throws {@link Refusal} as {@link Fleet.update} does */
    async take(id: unknown, set: unknown, report: DeviceReport): Promise<Updated> {
        const { fleet, sequences, register, history } = this.#o
        if (!fleet.isLoaded) await fleet.load()
        const owner = ownerOf(report)
        const checked = sequences?.add(id, set, infoOf(report, owner))
        try {
            const updated = await fleet.update(id, checked ? checked.set : set, { owner, register, history })
            checked?.done()
            return updated
        } catch (error) {
            checked?.undo()
            if (typeof id === 'string' && !fleet.rows.has(id)) sequences?.forget(id)
            throw error
        }
    }
}

/** The account that a message may change devices of: undefined for a message of the flow itself, which may change all. */
export function ownerOf({ peer }: DeviceReport): string | null | undefined {
    if (typeof peer !== 'object' || peer === null) return undefined
    return typeof peer.account === 'string' && peer.account !== '' ? peer.account : null
}

/** The changed properties, as a new object. */
export function changesOf({ changed }: Updated): Record<string, unknown> {
    const set: Record<string, unknown> = {}
    for (const [name, value] of changed) put(set, name, value)
    return set
}

function infoOf({ payload, peer }: DeviceReport, owner: string | null | undefined): MessageInfo {
    if (typeof payload !== 'object' || payload === null) return { owner }
    const { sequence, kind }: MessageInfo = payload
    return { sequence, kind, connection: peer?.connection, owner }
}

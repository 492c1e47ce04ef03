import { put } from '../lib/index.ts'
import type { Outcome, Updated, UpdateOptions } from './device-update.ts'
import type { Fleet } from './fleet.ts'
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

    /** @see Fleet.submit */
    take(id: unknown, set: unknown, report: DeviceReport, outcome: Outcome): void {
        const { fleet, sequences, register, history } = this.#o
        const again = () => this.take(id, set, report, outcome)
        if (!fleet.isLoaded)
            return void fleet
                .load()
                .then(again)
                .catch((error: unknown) => outcome.failed(error))
        const owner = ownerOf(report)
        const checked = sequences?.add(id, set, infoOf(report, owner))
        fleet.submit(id, checked ? checked.set : set, { owner, register, history, checked }, outcome)
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

import { messageOf, retryUntil } from '../lib/index.ts'
import { Appliance, type ApplianceOptions } from './appliance.ts'
import type { ApplianceEvent, ApplianceState } from './appliance-event.ts'
import type { SocketEvent, SocketView } from './events.ts'
import { RunEnergy, type RunEnergyState } from './run-energy.ts'

/** @see {@link ApplianceOptions}, but for `silence`, which is 0 where nobody asks whether the meter is silent. */
export interface DetectionOptions extends Omit<ApplianceOptions, 'openEnergy'> {
    /** The node that detects. */
    node: string
    socket: {
        readonly view: SocketView
        onEvent(listener: (event: SocketEvent) => void, signal: AbortSignal): void
        onView(listener: () => void, signal: AbortSignal): void
        readEvery(ms: number, signal: AbortSignal): void
    }
    store: {
        /** What nodes remember over a restart, by their ids. */
        states: { get(node: string): Promise<unknown>; put(node: string, state: unknown, isAwaited: boolean): Promise<void> }
        ready(signal: AbortSignal): Promise<void>
    }
    tell(event: ApplianceEvent): void
    log(text: string): void
}

/**
 * Tells when the appliance on a socket starts, pauses and finishes, as soon as the store can say how it was left, until the signal aborts.
 * @returns what is told of, unless the signal has aborted
 */
export async function detectAppliance(options: DetectionOptions): Promise<Appliance | undefined> {
    const { node, socket, store, clock, signal } = options
    const remembered = await retryUntil(clock, signal, () => store.ready(signal).then(() => store.states.get(node)))
    if (signal.aborted) return undefined
    const pace = paceFor(options)
    // A reading or two may get lost without the meter being silent.
    const silence = options.silence > 0 ? Math.max(options.silence, 3 * pace) : Number.POSITIVE_INFINITY
    const changed = (state: ApplianceState, event: ApplianceEvent | undefined) => void keep(options, state, event)
    const openEnergy = (state: RunEnergyState) => new RunEnergy(clock, silence, state, () => socket.view.price ?? null)
    const appliance = new Appliance({ ...options, silence, openEnergy }, remembered as Partial<ApplianceState> | undefined, changed)
    const see = ({ power, heard }: SocketView) => appliance.see(power === 'off', heard)
    socket.onEvent((event) => event.kind === 'reading' && appliance.take(event.reading), signal)
    socket.onView(() => see(socket.view), signal)
    see(socket.view)
    socket.readEvery(pace, signal)
    return appliance
}

/** What is told has been kept, so that a restart does not tell it again. */
async function keep({ node, store, tell, log }: DetectionOptions, state: ApplianceState, event: ApplianceEvent | undefined): Promise<void> {
    await store.states.put(node, state, event !== undefined).catch((error: unknown) => {
        // Where nothing happened, the next write brings the same and more: a store that is away is no reason for a warning with each reading.
        if (event) log(messageOf(error))
    })
    try {
        if (event) tell(event)
    } catch (error) {
        log(messageOf(error))
    }
}

/** Milliseconds between two readings: often enough to find what lasts for the shortest time that is looked for, and not too often. */
function paceFor({ startHold, finishHold, learnFor }: DetectionOptions): number {
    const holds = [startHold, finishHold, learnFor].filter((hold) => hold > 0)
    return Math.min(Math.max(Math.min(...holds) / 2, 1000), 30_000)
}

import { type Clock, messageOf, retryUntil } from '../lib/index.ts'
import { Appliance, type ApplianceEvent, type ApplianceState } from './appliance.ts'
import type { SocketEvent, SocketView } from './events.ts'

export interface DetectionOptions {
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
        states: { get(node: string): Promise<unknown>; put(node: string, state: unknown): Promise<void> }
        ready(signal: AbortSignal): Promise<void>
    }
    clock: Clock
    /** As {@link Appliance} takes them, in W and milliseconds. */
    startPower: number
    startHold: number
    finishPower: number
    finishHold: number
    tell(event: ApplianceEvent): void
    log(text: string): void
    signal: AbortSignal
}

/** Tells when the appliance on a socket starts and finishes, as soon as the store can say how it was left, until the signal aborts. */
export async function detectAppliance(options: DetectionOptions): Promise<void> {
    const { node, socket, store, clock, signal } = options
    const remembered = await retryUntil(clock, signal, () => store.ready(signal).then(() => store.states.get(node)))
    if (signal.aborted) return
    const appliance = new Appliance(options, remembered as ApplianceState | undefined, (state, event) => void keep(options, state, event))
    const see = ({ power, heard }: SocketView) => appliance.see(power === 'off', heard)
    socket.onEvent((event) => event.kind === 'reading' && appliance.take(event.reading), signal)
    socket.onView(() => see(socket.view), signal)
    see(socket.view)
    socket.readEvery(paceFor(options), signal)
}

/** What is told has been kept, so that a restart does not tell it again. */
async function keep({ node, store, tell, log }: DetectionOptions, state: ApplianceState, event: ApplianceEvent | undefined): Promise<void> {
    await store.states.put(node, state).catch((error: unknown) => log(messageOf(error)))
    try {
        if (event) tell(event)
    } catch (error) {
        log(messageOf(error))
    }
}

/** Milliseconds between two readings: often enough to find what lasts for the shortest hold time, and not too often. */
function paceFor({ startHold, finishHold }: DetectionOptions): number {
    const holds = [startHold, finishHold].filter((hold) => hold > 0)
    return Math.min(Math.max(Math.min(...holds) / 2, 1000), 30_000)
}

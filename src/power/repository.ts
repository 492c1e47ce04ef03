import type { KeptMeter, RunEnergy, SocketMeter, StopReason } from '../energy/index.ts'

/** What a socket's meter says at one moment. A field the plug does not report is null. */
export interface Reading {
    /** When it was read, in milliseconds since 1970. */
    at: number
    /** Energy since midnight, in kWh. */
    today: number | null
    /** Energy since the meter was made or reset, in kWh. */
    total: number | null
    /** Active power, in W. */
    power: number | null
    /** In VA. */
    apparentPower: number | null
    /** In VAr. */
    reactivePower: number | null
    /** Power factor, from 0 to 1. */
    factor: number | null
    /** In V. */
    voltage: number | null
    /** In A. */
    current: number | null
}

/** One metered run of a socket, as it is kept. Times are milliseconds since 1970. */
export interface InstanceRow {
    id: string
    socket: string
    startedAt: number
    /** Null while it runs. */
    stoppedAt: number | null
    /** Milliseconds after which it stops by itself; 0 means never. */
    timeout: number
    /** The time of the reading it started with: its samples begin there. */
    sampledFrom: number
    /** When the socket was switched on for it; null if it was on already. */
    powerOnAt: number | null
    /** When the socket went off with it; null if it stayed on for others. */
    powerOffAt: number | null
    isEmergencyStopped: boolean
    isManuallyStopped: boolean
    /** For whom it runs, if that was said. */
    owner?: string
    /** Why it stopped, if it has since that is kept. */
    stopReason?: StopReason
    /** What it has used; missing if it started before that was kept. */
    energy?: RunEnergy
    /** The most that the socket drew meanwhile, in W; kept when it stopped, for its readings may be deleted before it is. */
    maxPower?: number
}

/** What has to be remembered of a socket whatever happens. */
export interface SocketRow {
    id: string
    name: string
    /** We have switched it on, or are about to: once nobody runs it must be switched off. */
    offDue: boolean
    /** It is not certain that the last ON has been carried out. */
    isOnUnproven?: boolean
    /** When it was stopped in an emergency; null while it is not. */
    haltedAt: number | null
}

/** The socket went on or off. */
export interface PowerEvent {
    at: number
    kind: 'on' | 'off'
    /** An instance's id, or `<unknown>`, `<manual>`, `<emergency>` or `<timeout>`. */
    owner: string
}

export interface InstanceQuery {
    socket: string
    state?: 'running' | 'stopped' | undefined
    /** Only those that ran at some time at or after this. */
    from?: number | undefined
    /** Only those that ran at some time at or before this. */
    to?: number | undefined
    /** Only those that come after this one in the list. */
    after?: InstanceRow | undefined
    limit: number
}

export interface Stopped {
    ids?: string[]
    at: number
    powerOffAt: number | null
    isEmergencyStopped: boolean
    isManuallyStopped: boolean
    reason?: StopReason
    /** The meter when they stopped; without it, what is kept of it counts. */
    kept?: KeptMeter
}

/** What happened to a socket, kept whole or not at all. */
export interface PowerChange {
    socket?: SocketRow
    started?: InstanceRow
    /** The meter when it started. */
    kept?: KeptMeter
    /** Which instances stopped and how; without `ids`, all that run. */
    stopped?: Stopped
    /** Instances that had stopped before the socket was known to be off. */
    poweredOff?: { ids: string[]; at: number }
    deleted?: string
    /** An instance that runs has another timeout, if it still does. */
    renewed?: { id: string; timeout: number }
    events?: PowerEvent[]
}

/** All that must be known of a socket. */
export interface KnownSocket {
    socket: SocketRow
    /** Those that run, and no others. */
    running: readonly InstanceRow[]
    /** The latest, oldest first. */
    events: readonly PowerEvent[]
    meter?: SocketMeter | undefined
    /** In milliseconds since 1970. */
    at: number
}

/** Keeps what the subject `power` must not forget. Every promise resolves once it is committed. */
export interface PowerRepository {
    socket(id: string): Promise<SocketRow | undefined>
    /** The socket's meter, as it was kept last. */
    meter(socket: string): Promise<SocketMeter | undefined>
    /** Those of a socket that run, oldest first. */
    running(socket: string): Promise<InstanceRow[]>
    instance(id: string): Promise<InstanceRow | undefined>
    /** Newest first. */
    instances(query: InstanceQuery): Promise<InstanceRow[]>
    /** Oldest first, in pages; both ends included. */
    samples(socket: string, from: number, to: number): AsyncIterable<Reading[]>
    /** Keeps old samples from being deleted until the function it gives is called: they are being read more than once. */
    hold(): () => void
    /** The latest `limit`, oldest first. */
    events(socket: string, limit: number): Promise<PowerEvent[]>
    commit(socket: string, change: PowerChange): Promise<void>
    /**
     * Asks what is true of a socket whenever another database was opened, until the signal aborts, and writes it down before anybody is
     * told anything out of that. Nothing is written while it is not known.
     */
    onAnother(socket: string, known: () => KnownSocket | undefined, signal: AbortSignal): void
    /** @param meter as of the reading */
    addSample(socket: string, reading: Reading, meter?: SocketMeter): Promise<void>
    /** Keeps what a meter has counted without a reading, as the relay was switched, along with what is kept next. */
    addMeter(socket: string, meter: SocketMeter): Promise<void>
}

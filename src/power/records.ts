import { serverState } from './download.ts'
import {
    type InstanceData,
    type InstanceEnergy,
    instanceData,
    iso,
    type Present,
    READINGS,
    thinnedData,
    thinnedList,
} from './instance-data.ts'
import { isHalted } from './machine.ts'
import type { PowerStatus } from './power-log.ts'
import { notFound, notLoaded, tooManyReads } from './refusals.ts'
import type { InstanceQuery, InstanceRow, Reading } from './repository.ts'
import type { SocketParts } from './socket-parts.ts'
import { LEAST } from './thinning.ts'

/** A reading with its time in ISO 8601. */
export type ServerDataEnergy = Omit<Reading, 'at' | 'total'> & { timestamp: string }

export interface ServerStatus {
    isEmergencyStopped: boolean
    /** kWh since midnight, by the plug's own meter. */
    energyToday: number | null
    /** The first reading since this process started. */
    initialEnergy: ServerDataEnergy | null
    runningInstances: string[]
    /** The latest times it went on and off, oldest first. */
    powerStatus: PowerStatus[]
    currentTimestamp: string
    /** What the plug calls itself; null until it said so. */
    connectedSocketName: string | null
    power: 'on' | 'off' | 'unknown'
    /** False also while nothing was heard of it. */
    reachable: boolean
}

export interface ServerData extends Omit<ServerStatus, 'currentTimestamp' | 'power' | 'reachable'> {
    instancesStarting: string[]
    instancesStopping: string[]
    runningInstancesWithTimeout: string[]
}

/** Instances that are read at a time when all are wanted. */
const CHUNK = 100
/** Instances and readings in one message, however many there are. */
const [MOST_INSTANCES, MOST_READINGS] = [1000, 20_000]
/** Lists with readings that are made at a time. */
const MOST_LISTS = 4

/** An instance as a list has it: with its readings only if they were asked for. */
export type ListedInstance = Omit<InstanceData, 'energy'> & { energy?: InstanceEnergy }

/** What a socket can be asked for. */
export class Records {
    readonly #p: SocketParts
    readonly #starting: ReadonlySet<string>
    readonly #stopping: ReadonlySet<string>
    #lists = 0
    #downloading = false

    constructor(parts: SocketParts, starting: ReadonlySet<string>, stopping: ReadonlySet<string>) {
        this.#p = parts
        this.#starting = starting
        this.#stopping = stopping
    }

    /** @param most readings of it @throws {@link Refusal} 404 `NOT_FOUND` */
    async get(id: string, most?: number): Promise<InstanceData> {
        const { o } = this.#p
        await this.#written()
        const row = await o.store.power.instance(id)
        if (!row || row.socket !== o.id) throw notFound(id)
        return thinnedData(o.store.power, this.#asNow(row), this.#present, most)
    }

    /**
     * Newest first.
     * @param most readings of each, if there are not too many instances for that
     * @throws {@link Refusal} 429 `TOO_MANY_READS`
     */
    async list(query: Omit<InstanceQuery, 'socket'>, most = 0): Promise<ListedInstance[]> {
        const { o } = this.#p
        await this.#written()
        const rows = (await o.store.power.instances({ ...query, socket: o.id })).map((row) => this.#asNow(row))
        const present = this.#present
        if (most === 0) return rows.map((row) => withoutEnergy(row, present))
        if (this.#lists >= MOST_LISTS) throw tooManyReads('lists with readings are being made')
        this.#lists++
        try {
            const each = Math.max(LEAST, Math.min(most, Math.floor(MOST_READINGS / Math.max(1, rows.length))))
            return await thinnedList(o.store.power, rows, present, each)
        } finally {
            this.#lists--
        }
    }

    /** @throws {@link Refusal} 503 `STORE_UNAVAILABLE` while what the store holds was not read: who runs is not known then */
    get status(): ServerStatus {
        const { o, power } = this.#p
        const reachable = power.state.isReachable === true
        return { ...this.#server, currentTimestamp: iso(o.clock.now()), power: power.relay, reachable }
    }

    /** All there is, with the instances by their ids: the latest of them, and not all of their readings, if there are many. */
    async download(): Promise<{ server: ServerData; instances: Record<string, ListedInstance>; isIncomplete?: boolean }> {
        const list = await this.list({ limit: MOST_INSTANCES + 1 }, READINGS)
        const server = this.#serverData
        const instances = Object.fromEntries(list.slice(0, MOST_INSTANCES).map((instance) => [instance.id, instance]))
        return list.length > MOST_INSTANCES ? { server, instances, isIncomplete: true } : { server, instances }
    }

    /**
     * All there is, whole, as the text of a JSON file in pieces. Whoever asks for it reads it to its end or gives it up with `return`.
     * @throws {@link Refusal} 429 `TOO_MANY_READS` while another one is being read, 503 `STORE_UNAVAILABLE`
     */
    async *file(): AsyncGenerator<string> {
        const { power } = this.#p.o.store
        if (this.#downloading) throw tooManyReads('another download is under way')
        this.#downloading = true
        const release = power.hold()
        try {
            yield* serverState(this.#serverData, this.#all(), power, this.#present)
        } finally {
            release()
            this.#downloading = false
        }
    }

    async *#all(): AsyncGenerator<InstanceRow[]> {
        const { o } = this.#p
        for (let after: InstanceRow | undefined; ; ) {
            const rows = await o.store.power.instances({ socket: o.id, after, limit: CHUNK })
            yield rows.map((row) => this.#asNow(row))
            if (rows.length < CHUNK) return
            after = rows.at(-1)
        }
    }

    /** What has ended already is read as ended; while the store is away, reading it says so. */
    #written(): Promise<void> {
        return this.#p.recorder.ledger.written().catch(() => {})
    }

    get #present(): Present {
        return { now: this.#p.o.clock.now(), meter: this.#p.energy.state }
    }

    /** What is kept of one that runs may be older than what it has used since. */
    #asNow(row: InstanceRow): InstanceRow {
        const energy = row.stoppedAt === null ? this.#p.runs.asNow(row.id)?.energy : undefined
        return energy ? { ...row, energy } : row
    }

    get #serverData(): ServerData {
        return {
            ...this.#server,
            instancesStarting: [...this.#starting],
            instancesStopping: [...this.#stopping],
            runningInstancesWithTimeout: this.#p.runs.withTimeout,
        }
    }

    get #server() {
        const { power, runs, meter, plug, recorder } = this.#p
        if (!power.state.isLoaded) throw notLoaded()
        return {
            isEmergencyStopped: isHalted(power.state),
            energyToday: meter.latest?.today ?? null,
            initialEnergy: meter.first ? serverEnergy(meter.first) : null,
            runningInstances: runs.ids,
            powerStatus: recorder.log.pairs,
            connectedSocketName: plug.name,
        }
    }
}

function withoutEnergy(row: InstanceRow, present: Present): ListedInstance {
    const { energy: _, ...rest } = instanceData(row, [], present)
    return rest
}

function serverEnergy({ at, total: _, ...reading }: Reading): ServerDataEnergy {
    return { ...reading, timestamp: iso(at) }
}

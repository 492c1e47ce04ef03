import { type InstanceData, instanceData, iso } from './instance-data.ts'
import type { Parts } from './parts.ts'
import type { PowerStatus } from './power-log.ts'
import { notFound } from './refusals.ts'
import type { InstanceQuery, InstanceRow, Reading } from './repository.ts'

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

/** What a socket can be asked for. */
export class Records {
    readonly #p: Parts
    readonly #starting: ReadonlySet<string>
    readonly #stopping: ReadonlySet<string>

    constructor(parts: Parts, starting: ReadonlySet<string>, stopping: ReadonlySet<string>) {
        this.#p = parts
        this.#starting = starting
        this.#stopping = stopping
    }

    /** @throws {@link Refusal} 404 `NOT_FOUND` */
    async get(id: string): Promise<InstanceData> {
        const row = await this.#p.o.store.power.instance(id)
        if (!row || row.socket !== this.#p.o.id) throw notFound(id)
        return this.#data(row)
    }

    /** Newest first. */
    async list(query: Omit<InstanceQuery, 'socket'>): Promise<InstanceData[]> {
        const rows = await this.#p.o.store.power.instances({ ...query, socket: this.#p.o.id })
        return Promise.all(rows.map((row) => this.#data(row)))
    }

    get status(): ServerStatus {
        const { o, plug } = this.#p
        return { ...this.#server, currentTimestamp: iso(o.clock.now()), power: plug.relay, reachable: plug.reachable === true }
    }

    /** All there is, with the instances by their ids. */
    async download(): Promise<{ server: ServerData; instances: Record<string, InstanceData> }> {
        const instances: Record<string, InstanceData> = {}
        let to: number | undefined
        for (let limit = CHUNK; ; ) {
            const rows = await this.#p.o.store.power.instances({ socket: this.#p.o.id, to, limit })
            const fresh = rows.filter((row) => !Object.hasOwn(instances, row.id))
            for (const row of fresh) instances[row.id] = await this.#data(row)
            const last = rows.at(-1)
            if (!last || rows.length < limit) break
            // So many may have started in the same millisecond that a page does not get past it.
            if (last.startedAt === to) limit *= 2
            to = last.startedAt
        }
        const server = {
            ...this.#server,
            instancesStarting: [...this.#starting],
            instancesStopping: [...this.#stopping],
            runningInstancesWithTimeout: this.#p.runs.withTimeout,
        }
        return { server, instances }
    }

    get #server() {
        const { state, runs, meter, plug } = this.#p
        return {
            isEmergencyStopped: state.haltedAt !== null,
            energyToday: meter.latest?.today ?? null,
            initialEnergy: meter.first ? serverEnergy(meter.first) : null,
            runningInstances: runs.ids,
            powerStatus: state.log.pairs,
            connectedSocketName: plug.name,
        }
    }

    async #data(row: InstanceRow): Promise<InstanceData> {
        const { o } = this.#p
        return instanceData(row, await o.store.power.samples(o.id, row.sampledFrom, row.stoppedAt ?? o.clock.now()))
    }
}

function serverEnergy({ at, total: _, ...reading }: Reading): ServerDataEnergy {
    return { ...reading, timestamp: iso(at) }
}

import type { ListedInstance, ServerStatus } from '../../src/power/records.ts'
import { Rest } from '../shared/rest.ts'
import { t } from './texts.ts'

export type Status = ServerStatus

/** An instance's share of the energy, and what that cost; older services do not tell it. */
export interface Summary {
    seconds: number
    energyWh: number
    meanW: number | null
    maxW: number | null
    /** In whatever currency the price is. */
    cost?: number | null
}

export type Instance = Omit<ListedInstance, 'energy' | 'readings' | 'summary'> & { summary?: Summary }

/** The REST service of one socket. */
export class Service extends Rest {
    /** @param url such as `http://localhost:1880/api` */
    constructor(url: string) {
        super(url, (endpoint) => t('odd', { endpoint }))
    }

    /** Where the live events are. */
    get events(): string {
        return `${this.base}events`
    }

    status = () => this.get<Status>('server/status', {}, 'runningInstances')

    /** Those that ran at some time between two, newest first. Times are in milliseconds since 1970. */
    async instances({ from, to }: { from: number; to: number }): Promise<Instance[]> {
        const times = { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
        return (await this.get<{ instances: Instance[] }>('instances', { ...times, limit: MOST_INSTANCES }, 'instances')).instances
    }

    /** @param timeout milliseconds after which it stops by itself */
    start = (timeout: number | undefined) => this.ask('POST', 'instance', timeout === undefined ? {} : { timeout })
    stop = (id: string) => this.ask('PUT', `instance/${encodeURIComponent(id)}`)
    emergencyStop = () => this.ask('POST', 'emergency-stop')
    recover = () => this.ask('PUT', 'recover')
}

/** Instances in one answer: the most that the service gives. */
export const MOST_INSTANCES = 1000

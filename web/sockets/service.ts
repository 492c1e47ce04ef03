import type { ListedInstance, ServerStatus } from '../../src/power/records.ts'
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

/** Why something was not done, in words for whoever looks at the page. */
export class Refused extends Error {
    /** The HTTP status; 0 if there was no answer at all. */
    readonly status: number

    constructor(status: number, message: string) {
        super(message)
        this.status = status
    }
}

type Values = Record<string, string | number | undefined>

/** Milliseconds that an answer may take: a plug may be slow, and starts wait for one another. */
const PATIENCE = 60_000

/** The REST service of one socket. */
export class Service {
    /** The URL below which it is, with a slash at its end. */
    readonly base: string

    /** @param url such as `http://localhost:1880/api` */
    constructor(url: string) {
        this.base = url.replace(/[?#].*$/, '').replace(/\/?$/, '/')
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
    start = (timeout: number | undefined) => this.#ask('POST', 'instance', timeout === undefined ? {} : { timeout })
    stop = (id: string) => this.#ask('PUT', `instance/${encodeURIComponent(id)}`)
    emergencyStop = () => this.#ask('POST', 'emergency-stop')
    recover = () => this.#ask('PUT', 'recover')

    /**
     * @param list what the answer has to have, or else it is from something else
     * @throws {@link Refused}
     */
    async get<Answer extends object>(path: string, query: Values, list: keyof Answer & string): Promise<Answer> {
        const answer = Object(await this.#ask('GET', path, query)) as Answer
        if (Array.isArray(answer[list])) return answer
        throw new Refused(200, t('odd', { endpoint: `GET ${new URL(this.base + path).pathname}` }))
    }

    async #ask(method: string, path: string, values: Values = {}): Promise<unknown> {
        const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== '')
        const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()
        const headers = { accept: 'application/json' }
        const signal = AbortSignal.timeout(PATIENCE)
        const url = `${this.base}${path}${query && `?${query}`}`
        const response = await fetch(url, { method, headers, signal, cache: 'no-store' }).catch(() => {
            throw new Refused(0, t('noServer'))
        })
        if (!response.ok) throw await refusalOf(response, method)
        return response.json().catch(() => {
            throw new Refused(response.status, t('odd', { endpoint: `${method} ${new URL(url).pathname}` }))
        })
    }
}

/** Instances in one answer: the most that the service gives. */
export const MOST_INSTANCES = 1000

/** What an answer with an error says. */
export async function refusalOf(response: Response, method = 'GET'): Promise<Refused> {
    const { status } = response
    const { pathname } = new URL(response.url)
    const told: unknown = await response.json().then(
        (body: unknown) => Object(body).message,
        () => undefined,
    )
    if (typeof told === 'string') return new Refused(status, told)
    if (status === 401) return new Refused(status, t('unauthorized'))
    if (status === 404) return new Refused(status, t('noEndpoint', { endpoint: `${method} ${pathname}` }))
    return new Refused(status, t('failed', { status }))
}

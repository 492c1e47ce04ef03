import { t } from './texts.ts'

/** What is wrong with a part of what was sent: `Schedule.time`. */
export interface Fault {
    path: string
    message: string
}

/** Why something was not done, in words for whoever looks at the page. */
export class Refused extends Error {
    /** The HTTP status; 0 if there was no answer at all. */
    readonly status: number
    /** All that is wrong with what was sent, if the server tells. */
    readonly faults: readonly Fault[]

    constructor(status: number, message: string, faults: readonly Fault[] = []) {
        super(message)
        this.status = status
        this.faults = faults
    }
}

/** What goes into the query of a URL; what is undefined or blank is left out. */
export type Query = Record<string, string | number | undefined>

interface Options {
    query?: Query | undefined
    body?: object | undefined
    headers?: Record<string, string>
}

/** Milliseconds that an answer may take: a plug may be slow, and starts wait for one another. */
const PATIENCE = 60_000

/** A REST service of a flow. */
export class Rest {
    /** The URL below which it is, with a slash at its end. */
    readonly base: string
    readonly #odd: (endpoint: string) => string

    /** @param url such as `http://localhost:1880/api` @param odd says of an endpoint that something else has answered */
    constructor(url: string, odd: (endpoint: string) => string) {
        this.base = url.replace(/[?#].*$/, '').replace(/\/?$/, '/')
        this.#odd = odd
    }

    /**
     * @param list what the answer has to have, or else it is from something else
     * @throws {@link Refused}
     */
    async get<Answer extends object>(path: string, query: Query, list: keyof Answer & string): Promise<Answer> {
        const answer = Object(await this.ask('GET', path, query)) as Answer
        if (Array.isArray(answer[list])) return answer
        throw this.#oddAnswer(200, 'GET', path)
    }

    /** @param body is sent as JSON @throws {@link Refused} */
    async ask(method: string, path: string, query: Query = {}, body?: object): Promise<unknown> {
        return this.read(await this.request(method, path, { query, body }), method, path)
    }

    /** @throws {@link Refused} */
    protected async request(method: string, path: string, { query = {}, body, headers = {} }: Options = {}): Promise<Response> {
        const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
        const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()
        const all = { accept: 'application/json', ...(body && { 'content-type': 'application/json' }), ...headers }
        const signal = AbortSignal.timeout(PATIENCE)
        const options = { method, headers: all, signal, cache: 'no-store' as const, ...(body && { body: JSON.stringify(body) }) }
        const response = await fetch(`${this.base}${path}${search && `?${search}`}`, options).catch(() => {
            throw new Refused(0, t('noServer'))
        })
        if (!response.ok) throw await refusalOf(response, method)
        return response
    }

    /** @throws {@link Refused} */
    protected read(response: Response, method: string, path: string): Promise<unknown> {
        return response.json().catch(() => {
            throw this.#oddAnswer(response.status, method, path)
        })
    }

    #oddAnswer(status: number, method: string, path: string): Refused {
        return new Refused(status, this.#odd(`${method} ${new URL(this.base + path).pathname}`))
    }
}

/** What an answer with an error says. */
export async function refusalOf(response: Response, method = 'GET'): Promise<Refused> {
    const { status } = response
    const { pathname } = new URL(response.url)
    const { message, errors } = Object(await response.json().catch(() => undefined)) as { message?: unknown; errors?: unknown }
    if (typeof message === 'string') return new Refused(status, message, Array.isArray(errors) ? errors : [])
    if (status === 401) return new Refused(status, t('unauthorized'))
    if (status === 404) return new Refused(status, t('noEndpoint', { endpoint: `${method} ${pathname}` }))
    return new Refused(status, t('failed', { status }))
}

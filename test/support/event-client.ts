import { EventEmitter, once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { checkEvent, checkExchange } from './openapi.ts'

export interface Got {
    /** Blank before the first id. */
    id: string
    event: string
    data: any
}

interface Options {
    /** Of the last event it had when it was here before. */
    lastId?: string
    /** Comes back by itself, as an EventSource does. */
    returns?: boolean
    headers?: Record<string, string>
}

/** A reader of server-sent events as the HTML standard (9.2) has it. It remembers what it was told. */
export class EventClient {
    readonly all: Got[] = []
    /** Of comments. */
    comments = 0
    /** Milliseconds after which it comes back. */
    retry = 0
    lastId: string
    status = 0
    headers = new Headers()
    /** How often it was let in. */
    times = 0
    /** Whether it has ended, and does not come back. */
    isOver = false
    readonly #url: string
    readonly #options: Options
    readonly #leaving = new AbortController()
    /** Why what it was told is not what docs/openapi.yaml describes. */
    #fault: unknown
    readonly #news = new EventEmitter()

    private constructor(url: string, options: Options) {
        this.#url = url
        this.#options = options
        this.lastId = options.lastId ?? ''
    }

    /** Resolves once it is let in, or is not. */
    static async open(url: string, options: Options = {}): Promise<EventClient> {
        const client = new EventClient(url, options)
        void client.#run()
        await client.until(() => client.status !== 0)
        return client
    }

    /** The first event of which it holds, from the given one on. */
    async first(holds: (got: Got) => boolean, from = 0): Promise<Got> {
        await this.until(() => this.all.slice(from).some(holds))
        return this.all.slice(from).find(holds)!
    }

    names(from = 0): string[] {
        return this.all.slice(from).map(({ event }) => event)
    }

    async until(holds: () => boolean, timeout = 30_000): Promise<void> {
        const signal = AbortSignal.timeout(timeout)
        while (!holds()) {
            if (this.#fault) throw this.#fault
            await once(this.#news, 'news', { signal }).catch(() => {
                throw new Error(`it did not come to that: ${this.status} ${JSON.stringify(this.all).slice(0, 2000)}`)
            })
        }
        if (this.#fault) throw this.#fault
    }

    leave(): void {
        this.#leaving.abort()
    }

    async #run(): Promise<void> {
        const { signal } = this.#leaving
        do {
            if (this.times > 0) await sleep(this.retry, undefined, { signal }).catch(() => {})
            await this.#read(signal).catch(() => {})
        } while (this.#options.returns && !signal.aborted && (this.status === 200 || this.status === 0))
        this.isOver = true
        this.#news.emit('news')
    }

    async #read(signal: AbortSignal): Promise<void> {
        this.status = 0
        const id = this.lastId === '' ? undefined : { 'last-event-id': this.lastId }
        const response = await fetch(this.#url, { headers: { accept: 'text/event-stream', ...id, ...this.#options.headers }, signal })
        this.status = response.status
        this.headers = response.headers
        this.times++
        const { status, headers } = response
        const path = this.#url.slice(new URL(this.#url).origin.length)
        this.#check(() => status === 200 && checkExchange({ method: 'GET', path, status, headers, body: undefined }))
        this.#news.emit('news')
        let rest = ''
        for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
            const blocks = `${rest}${text}`.split('\n\n')
            rest = blocks.pop()!
            for (const block of blocks) this.#take(block)
            this.#news.emit('news')
        }
    }

    #take(block: string): void {
        const fields = block.split('\n').map((line) => /^([^:]*)(?:: ?(.*))?$/s.exec(line)!.slice(1) as [string, string?])
        const of = (name: string) => fields.findLast(([field]) => field === name)?.[1]
        if (fields.some(([field]) => field === '')) this.comments++
        this.retry = Number(of('retry') ?? this.retry)
        this.lastId = of('id') ?? this.lastId
        const data = of('data')
        if (data === undefined) return
        const got = { id: this.lastId, event: of('event') ?? 'message', data: JSON.parse(data) }
        this.all.push(got)
        this.#check(() => checkEvent(got))
    }

    /** Looks only at the live events of the smart-socket service. */
    #check(check: () => void): void {
        if (new URL(this.#url).pathname !== '/api/events') return
        try {
            check()
        } catch (error) {
            this.#fault ??= error
        }
    }
}

import { EventEmitter, once } from 'node:events'
import type { Browser, Page } from 'playwright-core'

/** What a page tells of one of its WebSockets. */
type Told =
    | { kind: 'open'; protocol: string; extensions: string }
    | { kind: 'message'; data: string; type: string }
    | { kind: 'close'; code: number; reason: string; clean: boolean }

type Some<K extends Told['kind']> = Extract<Told, { kind: K }>

/** A page of a real browser, whose own WebSocket is used as the code of any page would. */
export class SocketPage {
    readonly page: Page
    /** The HTTP statuses that its handshakes were refused with, which a browser tells its users, but not its pages. */
    readonly refusals: number[] = []
    readonly #sockets = new Map<number, BrowserSocket>()
    #count = 0

    private constructor(page: Page) {
        this.page = page
    }

    /** @param url decides from which origin it connects */
    static async open(browser: Browser, url: string): Promise<SocketPage> {
        // A browser profile of its own would take as long again.
        const [context = await browser.newContext()] = browser.contexts()
        const opened = new SocketPage(await context.newPage())
        opened.page.on('console', (message) => {
            const text = message.text()
            const [, status] = /Unexpected response code: (\d+)/.exec(text) ?? []
            if (status !== undefined) opened.refusals.push(Number(status))
            // Chromium's words for a 401.
            else if (/HTTP Authentication failed/.test(text)) opened.refusals.push(401)
        })
        await opened.page.exposeFunction('tell', (n: number, told: Told) => opened.#sockets.get(n)?.hear(told))
        await opened.page.goto(url)
        return opened
    }

    /** @param address from the root of the page's host, as in the page of the seed; or a whole one */
    async socket(address: string, { protocols = [], again }: { protocols?: string[]; again?: number } = {}): Promise<BrowserSocket> {
        const n = ++this.#count
        const socket = new BrowserSocket(this.page, n)
        this.#sockets.set(n, socket)
        await this.page.evaluate(connectInPage, { n, address, protocols, again })
        return socket
    }

    /** Connects to where it is not let in. @returns the status that the handshake is refused with */
    async refusal(address: string, protocols: string[] = []): Promise<number> {
        const count = this.refusals.length
        const socket = await this.socket(address, { protocols })
        const { code, clean } = await socket.hears('close')
        if (code !== 1006 || clean) throw new Error(`it was let in, and closed with ${code}`)
        while (this.refusals.length === count) await this.page.waitForEvent('console', { timeout: 30_000 })
        return this.refusals[count] ?? 0
    }

    /** Closes its WebSockets. */
    async leave(): Promise<void> {
        await this.page.evaluate((last) => {
            for (let n = 1; n <= last; n++) Reflect.get(window, `socket${n}`).close()
        }, this.#count)
        this.#sockets.clear()
    }

    close(): Promise<void> {
        return this.page.close()
    }
}

/** A WebSocket of a page. */
export class BrowserSocket {
    readonly #page: Page
    readonly #n: number
    readonly #told: Told[] = []
    readonly #news = new EventEmitter()

    constructor(page: Page, n: number) {
        this.#page = page
        this.#n = n
    }

    hear(told: Told): void {
        this.#told.push(told)
        this.#news.emit('told')
    }

    /** The frames that came, as text. */
    get frames(): string[] {
        return this.#of('message').map(({ data }) => data)
    }

    /** Resolves with what was told of that kind, once there is so much of it. */
    async hears<K extends Told['kind']>(kind: K, count = 1, timeout = 30_000): Promise<Some<K>> {
        const signal = AbortSignal.timeout(timeout)
        while (this.#of(kind).length < count)
            await once(this.#news, 'told', { signal }).catch(() => {
                throw new Error(`no ${kind} ${count} among ${JSON.stringify(this.#told).slice(0, 2000)}`)
            })
        return this.#of(kind)[count - 1]!
    }

    /** The first frame, from the given one on, of which it holds; each has to be text. */
    async until(holds: (frame: any) => boolean, from = 0): Promise<any> {
        for (let n = from; ; n++) {
            const { data, type } = await this.hears('message', n + 1)
            if (type !== 'string') throw new Error(`a frame is ${type}`)
            const frame: unknown = JSON.parse(data)
            if (holds(frame)) return frame
        }
    }

    /** Sends text, or its UTF-8 as one of the binary things that browsers know. */
    send(frame: unknown, as: 'text' | 'Blob' | 'ArrayBuffer' | 'Uint8Array' = 'text'): Promise<void> {
        const text = typeof frame === 'string' ? frame : JSON.stringify(frame)
        return this.#page.evaluate(
            ([n, text, as]) => {
                const bytes = new TextEncoder().encode(text)
                const forms = { text: () => text, Blob: () => new Blob([bytes]), ArrayBuffer: () => bytes.buffer, Uint8Array: () => bytes }
                Reflect.get(window, `socket${n}`).send(forms[as]())
            },
            [this.#n, text, as] as const,
        )
    }

    /** Runs a function of the page on the WebSocket. */
    run<A>(does: (socket: WebSocket, argument: A) => void, argument: A): Promise<void> {
        return this.#page.evaluate(`(${does})(window.socket${this.#n}, ${JSON.stringify(argument)})`)
    }

    #of<K extends Told['kind']>(kind: K): Some<K>[] {
        return this.#told.filter((told) => told.kind === kind) as Some<K>[]
    }
}

interface Wanted {
    n: number
    address: string
    protocols: string[]
    /** Milliseconds after which the page connects anew when it was cut off. */
    again: number | undefined
}

/** Runs in the page. */
function connectInPage({ n, address, protocols, again }: Wanted): void {
    const tell = (told: unknown) => Reflect.get(window, 'tell')(n, told)
    const connect = () => {
        const url = address.startsWith('ws') ? address : `ws://${window.location.host}${address}`
        const socket = protocols.length > 0 ? new WebSocket(url, protocols) : new WebSocket(url)
        Reflect.set(window, `socket${n}`, socket)
        socket.onopen = () => tell({ kind: 'open', protocol: socket.protocol, extensions: socket.extensions })
        socket.onmessage = ({ data }) => tell({ kind: 'message', data: String(data), type: typeof data })
        socket.onclose = ({ code, reason, wasClean }) => {
            tell({ kind: 'close', code, reason, clean: wasClean })
            if (again !== undefined) setTimeout(connect, again)
        }
    }
    connect()
}

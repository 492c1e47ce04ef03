import { EventEmitter } from 'node:events'
import { WebSocket } from 'ws'

export const kinds = ['led', 'thermostat'] as const

export interface ActuatedOptions {
    url: string
    id: string
    token: string
    kind: (typeof kinds)[number]
    /** Whether it answers commands; a device of the seed does not. */
    answers: boolean
    /** Milliseconds that it takes to do something. */
    delay: number
    /** Shares of the commands that it refuses, and that it never says anything of. */
    refuse: number
    silent: number
    /** Seconds after which it breaks its connection; 0 for never. */
    vanish: number
    /** Seconds after which it says what nobody understands; 0 for never. */
    wrong: number
    /** Milliseconds until it tries to connect again. */
    reconnect: number
    random: () => number
}

interface Param {
    name: string
    value: unknown
}

interface Frame {
    code: number
    content: unknown
    id?: string
    notAfter?: number
}

interface Events {
    /** What the server said, or why there is no connection. */
    told: [string]
    /** What it has done. */
    did: [string, unknown]
}

/** Commands that it remembers: one that comes again is answered and not done again. */
const MOST_REMEMBERED = 1000

/** A device with an LED or a thermostat that speaks OISP, and comes back whenever its connection ends. */
export class ActuatedDevice extends EventEmitter<Events> {
    /** What it was set to: `LED`, or `target`. */
    readonly state: Record<string, unknown> = {}
    readonly #o: ActuatedOptions
    /** Its latest answer to each command. */
    readonly #answers = new Map<string, object>()
    readonly #timers = new Set<NodeJS.Timeout>()
    #client: WebSocket | undefined
    #isOver = false

    constructor(options: ActuatedOptions) {
        super()
        this.#o = options
        this.#connect()
    }

    stop(): void {
        this.#isOver = true
        for (const timer of this.#timers) clearTimeout(timer)
        this.#client?.close()
    }

    #later(ms: number, run: () => void): void {
        const timer = setTimeout(() => {
            this.#timers.delete(timer)
            run()
        }, ms)
        this.#timers.add(timer)
    }

    #connect(): void {
        const { url, id: deviceId, token: deviceToken, answers, vanish, wrong } = this.#o
        const client = new WebSocket(url, ['echo-protocol'])
        this.#client = client
        client.on('error', ({ message }) => this.emit('told', message))
        client.on('open', () => {
            client.send(JSON.stringify({ type: 'device', deviceId, deviceToken, ...(answers && { answers }) }))
            if (vanish > 0) this.#later(vanish * 1000, () => client.terminate())
            if (wrong > 0) this.#later(wrong * 1000, () => client.readyState === client.OPEN && client.send('what?'))
        })
        client.on('message', (data) => this.#take(JSON.parse(String(data))))
        client.on('close', () => {
            if (!this.#isOver) this.#later(this.#o.reconnect, () => this.#connect())
        })
    }

    #take(frame: Frame): void {
        if (frame.code !== 1024) this.emit('told', `${frame.code} ${frame.content}`)
        else if (this.#o.random() >= this.#o.silent) this.#command(frame, (answer) => this.#say(frame.id, answer))
    }

    /** Over the connection that there is by now. */
    #say(id: string | undefined, answer: object): void {
        const client = this.#client!
        if (id !== undefined && client.readyState === client.OPEN) client.send(JSON.stringify({ type: 'answer', id, ...answer }))
    }

    #command({ id = '', notAfter = Number.POSITIVE_INFINITY, content }: Frame, say: (answer: object) => void): void {
        const before = this.#answers.get(id)
        if (before) say(before)
        else if (Date.now() > notAfter) say({ status: 'refused', reason: 'too late' })
        else if (this.#o.random() < this.#o.refuse) say({ status: 'refused', reason: 'not now' })
        else {
            const received = { status: 'received' }
            // From the beginning, as it may come again while it is being done.
            if (id !== '') this.#remember(id, received)
            say(received)
            const { command, params } = (content as { content: { command: string; params: Param[] } }).content
            this.#later(this.#o.delay, () => {
                const answer = this.#do(command, params)
                if (id !== '') this.#remember(id, answer)
                say(answer)
            })
        }
    }

    #do(command: string, params: readonly Param[]): object {
        const [name, value] = this.#o.kind === 'led' ? ['LED', paramOf(params, 'LED')] : ['target', Number(paramOf(params, 'target'))]
        if (value === undefined || Number.isNaN(value)) return { status: 'failed', reason: `${command} has no ${name}` }
        this.state[name!] = value
        this.emit('did', command, value)
        return { status: 'done', value: { [name!]: value } }
    }

    #remember(id: string, answer: object): void {
        this.#answers.set(id, answer)
        for (const oldest of this.#answers.keys()) if (this.#answers.size > MOST_REMEMBERED) this.#answers.delete(oldest)
    }
}

const paramOf = (params: readonly Param[], wanted: string): unknown => params.find(({ name }) => name === wanted)?.value

import { once } from 'node:events'
import { WebSocket } from 'ws'

export interface RobotArrival {
    /** What its parameter `key` says. */
    key: string
    /** It left after that, for sure: milliseconds since 1970. */
    sentAfter: number
}

/** How a {@link Robot} behaves. */
export interface Manner {
    /** What it answers to a command; undefined for one that cannot answer. */
    answer?: (say: (status: 'received' | 'done') => void) => void
    /** After so many commands it leaves, and comes back a while later. */
    leavesAfter?: number
    /** After so many commands it connects once more, while it is connected. */
    doublesAfter?: number
}

/** Milliseconds. */
const [AGAIN, AWAY, PING] = [10, 100, 5]

/** A device that speaks OISP, and connects to an endpoint again and again, whichever process that is. */
export class Robot {
    readonly id: string
    readonly arrivals: RobotArrival[] = []
    /** Is called at each arrival. */
    onArrival = () => {}
    manner: Manner
    readonly #url: string
    #client!: WebSocket
    #isClosed = false

    constructor(id: string, url: string, manner: Manner) {
        this.id = id
        this.#url = url
        this.manner = manner
        this.#connect()
    }

    async close(): Promise<void> {
        this.#isClosed = true
        if (this.#client.readyState === WebSocket.CLOSED) return
        this.#client.terminate()
        await once(this.#client, 'close')
    }

    #connect(): void {
        if (this.#isClosed) return
        const sentAfter = lowerBound(Date.now())
        const client = new WebSocket(this.#url, ['echo-protocol'])
        this.#client = client
        const answers = this.manner.answer !== undefined
        client.on('open', () => {
            client.send(JSON.stringify({ type: 'device', deviceId: this.id, deviceToken: 'any', answers }))
            client.ping(String(Date.now()))
        })
        client.on('pong', (data) => {
            sentAfter.heard(Number(data))
            setTimeout(() => client.readyState === WebSocket.OPEN && client.ping(String(Date.now())), PING)
        })
        client.on('message', (data) => this.#take(client, JSON.parse(String(data)), sentAfter.value))
        client.on('error', () => {})
        client.on('close', () => client === this.#client && setTimeout(() => this.#connect(), this.#isAway ? AWAY : AGAIN))
    }

    get #isAway(): boolean {
        return this.manner.leavesAfter !== undefined
    }

    #take(client: WebSocket, { code, id, content }: { code: number; id?: string; content: unknown }, sentAfter: number): void {
        if (code !== 1024) return
        const { params } = (content as { content: { params: [{ value: string }] } }).content
        this.arrivals.push({ key: params[0].value, sentAfter })
        const { answer, leavesAfter = Infinity, doublesAfter = Infinity } = this.manner
        answer?.((status) => client.readyState === WebSocket.OPEN && client.send(JSON.stringify({ type: 'answer', id, status })))
        if (this.arrivals.length % leavesAfter === 0) client.terminate()
        if (this.arrivals.length % doublesAfter === 0) this.#connect()
        this.onArrival()
    }
}

/**
 * The time after which a frame was decided on that arrives now, which no delay on the way makes too late. Frames that one turn of the
 * server's event loop decides on may leave after a pong of the same turn, but not after that of a ping sent in answer to it.
 */
function lowerBound(connecting: number) {
    let before = connecting
    const bound = {
        value: connecting,
        heard(at: number): void {
            bound.value = before
            before = at
        },
    }
    return bound
}

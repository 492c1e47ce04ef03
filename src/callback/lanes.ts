import type { Clock } from '../lib/index.ts'

/** What is sent at the same time, in all and to one host: to those that answer soon, and to those that do not. */
const LIMITS = {
    fast: { all: 32, each: 4, bytes: 16_777_216 },
    slow: { all: 128, each: 1, bytes: 33_554_432 },
}
/** An answer that takes longer than this is slow, in milliseconds, and makes room for others. */
const SOON = 500
/** Hosts of which it is remembered how they did. */
const MOST_HOSTS = 10_000

type Lane = keyof typeof LIMITS

interface Host {
    name: string
    queue: { id: string; bytes: number }[]
    active: number
    /** How the last one went; undefined before that. */
    wasSoon: boolean | undefined
}

/**
 * Sends one. It is told to stop when it takes long and there is no room for that.
 * @returns whether the host answered at all
 */
export type SendOne = (id: string, signal: AbortSignal) => Promise<boolean>

/**
 * Who is sent to next: every host in turn, only a few at the same time to each. Those that do not answer, or let us wait, have a lane of
 * their own, so that they delay nobody else; those that answered before take turns with those that nothing is known of.
 */
export class Lanes {
    readonly #clock: Clock
    readonly #send: SendOne
    readonly #hosts = new Map<string, Host>()
    /** Hosts that something could be sent to, by how they did. */
    readonly #waiting = { good: new Set<Host>(), unknown: new Set<Host>(), slow: new Set<Host>() }
    readonly #active = { fast: 0, slow: 0 }
    readonly #bytes = { fast: 0, slow: 0 }
    readonly #timers = new Set<() => void>()
    #lastWasGood = false

    constructor(clock: Clock, send: SendOne) {
        this.#clock = clock
        this.#send = send
    }

    /** @param bytes how long what is sent is */
    add(name: string, id: string, bytes: number): void {
        const host = this.#host(name)
        host.queue.push({ id, bytes })
        this.#enlist(host)
        this.#pump()
    }

    /** Forgets what waits, and how the hosts did; what is being sent has its own signal. */
    clear(): void {
        for (const host of this.#hosts.values()) host.queue.length = 0
        for (const hosts of Object.values(this.#waiting)) hosts.clear()
        this.#hosts.clear()
        for (const cancel of this.#timers) cancel()
        this.#timers.clear()
    }

    #host(name: string): Host {
        const host = this.#hosts.get(name) ?? { name, queue: [], active: 0, wasSoon: undefined }
        // The one that was asked for longest ago is the first to be forgotten.
        this.#hosts.delete(name)
        this.#hosts.set(name, host)
        const [oldest] = this.#hosts.values()
        if (this.#hosts.size > MOST_HOSTS && oldest && oldest.queue.length + oldest.active === 0) this.#hosts.delete(oldest.name)
        return host
    }

    #enlist(host: Host): void {
        for (const hosts of Object.values(this.#waiting)) hosts.delete(host)
        const { each } = LIMITS[host.wasSoon === false ? 'slow' : 'fast']
        if (host.queue.length === 0 || host.active >= each) return
        const ring = host.wasSoon === undefined ? 'unknown' : host.wasSoon ? 'good' : 'slow'
        this.#waiting[ring].add(host)
    }

    #pump(): void {
        while (this.#start('fast', this.#nextFast()));
        while (this.#start('slow', first(this.#waiting.slow)));
    }

    #nextFast(): Host | undefined {
        const [good, unknown] = [first(this.#waiting.good), first(this.#waiting.unknown)]
        return this.#lastWasGood ? (unknown ?? good) : (good ?? unknown)
    }

    /** @returns whether one was sent */
    #start(lane: Lane, host: Host | undefined): boolean {
        const [next] = host?.queue ?? []
        if (!host || !next || this.#active[lane] >= LIMITS[lane].all || !this.#fits(lane, next.bytes)) return false
        host.queue.shift()
        host.active++
        this.#lastWasGood = host.wasSoon === true
        // At the end of its ring.
        this.#enlist(host)
        void this.#run(host, next, lane)
        return true
    }

    /** One that is larger than all that may be sent at once goes alone. */
    #fits(lane: Lane, bytes: number): boolean {
        return this.#bytes[lane] === 0 || this.#bytes[lane] + bytes <= LIMITS[lane].bytes
    }

    async #run(host: Host, { id, bytes }: { id: string; bytes: number }, from: Lane): Promise<void> {
        let lane: Lane | undefined
        const move = (to: Lane | undefined) => {
            if (lane) this.#count(lane, -1, -bytes)
            if (to) this.#count(to, 1, bytes)
            lane = to
        }
        move(from)
        const stopping = new AbortController()
        let isSoon = true
        const cancel = this.#clock.after(SOON, () => {
            isSoon = false
            host.wasSoon = false
            if (lane === 'fast' && !this.#fits('slow', bytes)) stopping.abort(new Error('no answer soon, and too many others wait'))
            move('slow')
            this.#enlist(host)
            this.#pump()
        })
        this.#timers.add(cancel)
        const hasAnswered = await this.#send(id, stopping.signal).catch(() => false)
        cancel()
        this.#timers.delete(cancel)
        host.wasSoon = hasAnswered && isSoon
        host.active--
        move(undefined)
        this.#enlist(host)
        this.#pump()
    }

    #count(lane: Lane, ones: number, bytes: number): void {
        this.#active[lane] += ones
        this.#bytes[lane] += bytes
    }
}

function first<T>(set: Set<T>): T | undefined {
    const [one] = set
    return one
}

import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type Clock, Refusal } from '../lib/index.ts'
import { drop, turnAway } from './handshake.ts'

/** Takes over a connection whose client asks for another protocol on a path. */
export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

/** Milliseconds that a path is answered for whose endpoint is about to come back: Node-RED gives nodes that long to close. */
const HOLD = 15_000
/** Milliseconds after which a connection is ended that nobody has taken. */
const UNCLAIMED = 60_000

/** The paths of each server. It lasts as long as one of them is taken, or held, or somebody stands by, and has one listener. */
const servers = new WeakMap<Server, Paths>()

/**
 * Remembers who asks for paths that nobody has taken yet: until that is over, and a minute each, whoever takes one of them gets them, too.
 * @returns what ends it
 */
export function standBy(server: Server, clock: Clock): () => void {
    const paths = servers.get(server) ?? new Paths(server, clock)
    servers.set(server, paths)
    return paths.standBy()
}

/**
 * Takes a path of a server. Requests for other paths are left to whoever else listens.
 * @param path with or without a slash at its end
 * @param ready resolves once requests can be dealt with; those that come before wait for it
 * @returns what gives it back: at once, or held for whoever takes it next, so that those who come meanwhile are told to try again
 * @throws {@link Refusal} 409 `PATH_TAKEN`
 */
export function takePath(server: Server, path: string, upgrade: Upgrade, clock: Clock, ready?: Promise<void>): (isHeld: boolean) => void {
    const plain = plainPath(path)
    const paths = servers.get(server) ?? new Paths(server, clock)
    if (paths.has(plain)) throw new Refusal(409, 'PATH_TAKEN', `another endpoint has the path ${path}`)
    servers.set(server, paths)
    paths.take(plain, upgrade, ready)
    return (isHeld) => paths.leave(plain, isHeld)
}

/** Turns everybody away from a path until the signal aborts: who is not answered at all waits for ever. */
export function barPath(server: Server, path: string, clock: Clock, signal: AbortSignal): void {
    const turnBack: Upgrade = (_request, socket) => {
        socket.on('error', drop)
        turnAway(socket, new Refusal(503, 'NOT_SET_UP', 'the endpoint is not set up'))
    }
    const giveBack = takePath(server, path, turnBack, clock)
    signal.addEventListener('abort', () => giveBack(true), { once: true })
}

interface Unclaimed {
    path: string
    /** Does something with it unless somebody else has. */
    claim(upgrade: Upgrade): void
    done(): void
}

class Paths {
    readonly #server: Server
    readonly #clock: Clock
    readonly #taken = new Map<string, Upgrade>()
    /** Those taken whose requests cannot be dealt with yet. */
    readonly #early = new Set<string>()
    /** Until when. */
    readonly #held = new Map<string, number>()
    /** Connections that nobody has taken so far. */
    readonly #unclaimed = new Set<Unclaimed>()
    #standingBy = 0

    constructor(server: Server, clock: Clock) {
        this.#server = server
        this.#clock = clock
        server.on('upgrade', this.#listener)
    }

    has(path: string): boolean {
        return this.#taken.has(path)
    }

    take(path: string, upgrade: Upgrade, ready: Promise<void> | undefined): void {
        this.#held.delete(path)
        this.#taken.set(path, upgrade)
        const open = () => {
            if (this.#taken.get(path) !== upgrade) return
            this.#early.delete(path)
            for (const one of this.#unclaimed) if (one.path === path) one.claim(upgrade)
        }
        if (ready !== undefined) {
            this.#early.add(path)
            void ready.then(open)
        } else open()
    }

    standBy(): () => void {
        this.#standingBy++
        let isOver = false
        return () => {
            if (isOver) return
            isOver = true
            this.#standingBy--
            this.#tidy()
        }
    }

    leave(path: string, isHeld: boolean): void {
        this.#taken.delete(path)
        this.#early.delete(path)
        if (isHeld) this.#held.set(path, this.#clock.monotonic() + HOLD)
        this.#tidy()
    }

    readonly #listener: Upgrade = (request, socket, head) => {
        // No timer: a path that is held keeps nobody from ending.
        this.#tidy()
        const path = plainPath(pathOf(request))
        const upgrade = this.#taken.get(path)
        if (upgrade && !this.#early.has(path)) return upgrade(request, socket, head)
        // If nobody takes it, an error of the connection would be nobody's, and end the process.
        socket.on('error', drop)
        if (this.#held.has(path)) turnAway(socket, new Refusal(503, 'CLOSING', 'the endpoint is being started anew'))
        else this.#remember(path, request, socket as Socket, head)
    }

    #remember(path: string, request: IncomingMessage, socket: Socket, head: Buffer): void {
        const isFree = freedom(socket)
        const done = () => {
            cancel()
            this.#unclaimed.delete(one)
        }
        const claim = (upgrade: Upgrade) => {
            done()
            if (isFree()) upgrade(request, socket, head)
        }
        const one = { path, claim, done }
        // Nobody else would ever notice that the client of such a connection has gone.
        const cancel = this.#clock.after(UNCLAIMED, () => claim(() => socket.destroy()))
        this.#unclaimed.add(one)
        socket.once('close', done)
    }

    #tidy(): void {
        const now = this.#clock.monotonic()
        for (const [path, until] of this.#held) if (until <= now) this.#held.delete(path)
        if (this.#taken.size + this.#held.size + this.#standingBy > 0) return
        this.#server.off('upgrade', this.#listener)
        servers.delete(this.#server)
        for (const one of this.#unclaimed) one.done()
    }
}

/** Tells later whether a connection is still nobody's: who takes one listens to it, or writes. */
function freedom(socket: Socket): () => boolean {
    const { bytesWritten } = socket
    const errors = socket.listenerCount('error')
    return () =>
        !socket.destroyed &&
        socket.bytesWritten === bytesWritten &&
        socket.listenerCount('error') <= errors &&
        socket.listenerCount('data') + socket.listenerCount('readable') === 0
}

export const pathOf = ({ url = '' }: IncomingMessage): string => url.split(/[?#]/, 1)[0]!

/** A path as a request has it, with no slash at its end, and none twice: `//update/` is put together of `http://host/` and `/update/`. */
export function plainPath(path: string): string {
    const encoded = /^[\x21-\x7e]*$/.test(path) ? path : encodeURI(path)
    return encoded.replace(/\/+/g, '/').replace(/\/$/, '')
}

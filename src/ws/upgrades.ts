import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type Clock, Refusal } from '../lib/index.ts'
import { destroySocket, refuseHandshake } from './handshake.ts'

/** Takes over the connection of a request to upgrade. */
type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

/** Milliseconds that requests for a path are answered after its endpoint has closed, as a deploy may open it again. */
const HOLD = 15_000
/** Requests that are kept while flows start. */
const MAX_EARLY = 10_000

/** The paths of each server that has any, with one listener for all of them. */
const servers = new WeakMap<Server, Paths>()

function pathsOf(server: Server, clock: Clock): Paths {
    const paths = servers.get(server) ?? new Paths(server, clock)
    servers.set(server, paths)
    return paths
}

/**
 * Keeps requests for paths that no endpoint has yet, for the endpoint that takes the path: a server may listen before its flows run.
 * @returns what ends it
 */
export const keepEarly = (server: Server, clock: Clock): (() => void) => pathsOf(server, clock).keepEarly()

/**
 * Takes a path of a server. Requests for other paths are left to other listeners.
 * @param path with or without a slash at its end
 * @returns gives the path back; with `isHeld`, requests are told to try again until the path is taken anew
 * @throws {@link Refusal} 409 `PATH_TAKEN`
 */
export function takePath(server: Server, path: string, upgrade: Upgrade, clock: Clock): (isHeld: boolean) => void {
    const plain = plainPath(path)
    if (servers.get(server)?.has(plain)) throw new Refusal(409, 'PATH_TAKEN', `another endpoint has the path ${path}`)
    const paths = pathsOf(server, clock)
    paths.take(plain, upgrade)
    return (isHeld) => paths.leave(plain, isHeld)
}

/** Refuses all requests for a path until the signal aborts, as a request without an answer would wait for ever. */
export function refusePath(server: Server, path: string, clock: Clock, signal: AbortSignal): void {
    const refuse: Upgrade = (_request, socket) => {
        socket.on('error', destroySocket)
        refuseHandshake(socket, new Refusal(503, 'NOT_SET_UP', 'the endpoint is not set up'))
    }
    const giveBack = takePath(server, path, refuse, clock)
    signal.addEventListener('abort', () => giveBack(true), { once: true })
}

class Paths {
    readonly #server: Server
    readonly #clock: Clock
    readonly #taken = new Map<string, Upgrade>()
    /** Paths that were given back, and until when requests for them are answered. */
    readonly #held = new Map<string, number>()
    #early: { path: string; args: Parameters<Upgrade> }[] = []
    #keepers = 0

    constructor(server: Server, clock: Clock) {
        this.#server = server
        this.#clock = clock
        server.on('upgrade', this.#listener)
    }

    has(path: string): boolean {
        return this.#taken.has(path)
    }

    take(path: string, upgrade: Upgrade): void {
        this.#held.delete(path)
        this.#taken.set(path, upgrade)
        const meant = this.#early.filter((one) => one.path === path)
        this.#early = this.#early.filter((one) => one.path !== path)
        for (const { args } of meant) if (!args[1].destroyed) upgrade(...args)
    }

    leave(path: string, isHeld: boolean): void {
        this.#taken.delete(path)
        if (isHeld) this.#held.set(path, this.#clock.monotonic() + HOLD)
        this.#tidy()
    }

    keepEarly(): () => void {
        this.#keepers++
        let isOver = false
        return () => {
            if (isOver) return
            isOver = true
            if (--this.#keepers === 0) this.#early = []
            this.#tidy()
        }
    }

    readonly #listener: Upgrade = (...args) => {
        const [request, socket] = args
        // Without a timer, which would keep the process from ending.
        this.#tidy()
        const exact = this.#taken.get(request.url ?? '')
        if (exact) return exact(...args)
        const path = plainPath(pathOf(request))
        const upgrade = this.#taken.get(path)
        if (upgrade) return upgrade(...args)
        // An error of a connection without a listener would end the process.
        socket.on('error', destroySocket)
        if (this.#held.has(path)) refuseHandshake(socket, new Refusal(503, 'CLOSING', 'the endpoint is being started anew'))
        else if (this.#keepers > 0 && this.#early.length < MAX_EARLY) this.#early.push({ path, args })
    }

    #tidy(): void {
        const now = this.#clock.monotonic()
        for (const [path, until] of this.#held) if (until <= now) this.#held.delete(path)
        if (this.#taken.size + this.#held.size + this.#keepers > 0) return
        this.#server.off('upgrade', this.#listener)
        servers.delete(this.#server)
    }
}

export const pathOf = ({ url = '' }: IncomingMessage): string => url.split(/[?#]/, 1)[0]!

/** A path as requests have it, without double slashes, as in `//update/`, and without one at its end. */
export function plainPath(path: string): string {
    const encoded = /^[\x21-\x7e]*$/.test(path) ? path : encodeURI(path)
    return encoded.replace(/\/+/g, '/').replace(/\/$/, '')
}

import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { Refusal } from '../refusal.ts'
import { drop } from './handshake.ts'

/** Takes over a connection whose client asks for another protocol on a path. */
export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

/** The paths of each server. It lasts as long as one of them is taken, and has one listener. */
const servers = new WeakMap<Server, Map<string, Upgrade>>()

/**
 * Takes a path of a server until the signal aborts. Requests for other paths are left to whoever else listens.
 * @param path with or without a slash at its end
 * @throws {@link Refusal} 409 `PATH_TAKEN`
 */
export function takePath(server: Server, path: string, upgrade: Upgrade, signal: AbortSignal): void {
    if (signal.aborted) return
    const plain = plainPath(path)
    const paths = servers.get(server) ?? open(server)
    if (paths.has(plain)) throw new Refusal(409, 'PATH_TAKEN', `another endpoint has the path ${path}`)
    paths.set(plain, upgrade)
    signal.addEventListener('abort', () => paths.delete(plain), { once: true })
}

function open(server: Server): Map<string, Upgrade> {
    const paths = new OwnPaths(server)
    servers.set(server, paths)
    return paths
}

class OwnPaths extends Map<string, Upgrade> {
    readonly #server: Server
    readonly #listener: Upgrade = (request, socket, head) => {
        const upgrade = this.get(plainPath(pathOf(request)))
        if (upgrade) upgrade(request, socket, head)
        // If nobody takes it, an error of the connection would be nobody's, and end the process.
        else socket.on('error', drop)
    }

    constructor(server: Server) {
        super()
        this.#server = server
        server.on('upgrade', this.#listener)
    }

    override delete(path: string): boolean {
        const had = super.delete(path)
        if (this.size === 0) {
            this.#server.off('upgrade', this.#listener)
            servers.delete(this.#server)
        }
        return had
    }
}

export const pathOf = ({ url = '' }: IncomingMessage): string => url.split(/[?#]/, 1)[0]!

/** A path as a request has it, with no slash at its end. */
export function plainPath(path: string): string {
    const encoded = /^[\x21-\x7e]*$/.test(path) ? path : encodeURI(path)
    return encoded.replace(/\/$/, '')
}

import { Refusal } from '../lib/index.ts'
import type { SocketClient } from './client.ts'

/** The sockets of a store, by the names that messages call them by. */
export class Sockets {
    readonly #byName = new Map<string, SocketClient>()

    /**
     * Takes in a socket, for as long as the signal lives, if its name is free.
     * @throws {@link Refusal} 409 `NAME_TAKEN`
     */
    add(socket: SocketClient, signal: AbortSignal): void {
        const { name } = socket
        if (this.#byName.has(name))
            throw new Refusal(409, 'NAME_TAKEN', `there is another socket named ${name}: give this one a name of its own`)
        this.#byName.set(name, socket)
        signal.addEventListener('abort', () => this.#byName.delete(name))
    }

    /** @throws {@link Refusal} 404 `UNKNOWN_SOCKET` */
    get(name: string): SocketClient {
        const socket = this.#byName.get(name)
        if (socket) return socket
        throw new Refusal(404, 'UNKNOWN_SOCKET', `there is no socket named ${name}`)
    }
}

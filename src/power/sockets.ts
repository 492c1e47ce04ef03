import { Refusal } from '../lib/index.ts'
import type { Socket } from './socket.ts'

/** The sockets of a store, by the names that messages call them by. */
export class Sockets {
    readonly #byName = new Map<string, Socket>()

    /**
     * Opens a socket, for as long as the signal lives, if its name is free: a plug hears nothing of one that is refused.
     * @throws {@link Refusal} 409 `NAME_TAKEN`
     */
    add(name: string, signal: AbortSignal, open: () => Socket): Socket {
        if (this.#byName.has(name))
            throw new Refusal(409, 'NAME_TAKEN', `there is another socket named ${name}: give this one a name of its own`)
        const socket = open()
        this.#byName.set(name, socket)
        signal.addEventListener('abort', () => this.#byName.delete(name))
        return socket
    }

    /** @throws {@link Refusal} 404 `UNKNOWN_SOCKET` */
    get(name: string): Socket {
        const socket = this.#byName.get(name)
        if (socket) return socket
        throw new Refusal(404, 'UNKNOWN_SOCKET', `there is no socket named ${name}`)
    }
}

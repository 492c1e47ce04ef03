import { Refusal } from '../refusal.ts'
import type { Socket } from './socket.ts'

/** The sockets of a store, by the names that messages call them by. */
export class Sockets {
    readonly #byName = new Map<string, Socket>()

    /** @throws {@link Refusal} 409 `NAME_TAKEN`. Until the signal aborts. */
    add(socket: Socket, signal: AbortSignal): void {
        if (this.#byName.has(socket.name)) throw new Refusal(409, 'NAME_TAKEN', `there is another socket named ${socket.name}`)
        this.#byName.set(socket.name, socket)
        signal.addEventListener('abort', () => this.#byName.delete(socket.name))
    }

    /** @throws {@link Refusal} 404 `UNKNOWN_SOCKET` */
    get(name: string): Socket {
        const socket = this.#byName.get(name)
        if (socket) return socket
        throw new Refusal(404, 'UNKNOWN_SOCKET', `there is no socket named ${name}`)
    }
}

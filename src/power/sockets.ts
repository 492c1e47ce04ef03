import { identifier, isMissing, Refusal } from '../lib/index.ts'
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

    /**
     * Those of such names, each once.
     * @param names in a text with commas between, or as an array; nothing or `*` for all there are
     * @throws {@link Refusal} 404 `UNKNOWN_SOCKET`, also if there are none at all, 422 `BAD_INPUT`
     */
    named(names: unknown): SocketClient[] {
        if (isMissing(names) || names === '*') {
            if (this.#byName.size === 0) throw new Refusal(404, 'UNKNOWN_SOCKET', 'there is no socket that uses this store')
            return [...this.#byName.values()]
        }
        // A name may have commas itself.
        const list = Array.isArray(names) ? names : this.#byName.has(String(names)) ? [names] : String(names).split(',')
        return [...new Set(list.map((name) => this.get(identifier('socket', typeof name === 'string' ? name.trim() : name))))]
    }

    /** @throws {@link Refusal} 404 `UNKNOWN_SOCKET` */
    get(name: string): SocketClient {
        const socket = this.#byName.get(name)
        if (socket) return socket
        throw new Refusal(404, 'UNKNOWN_SOCKET', `there is no socket named ${name}`)
    }
}

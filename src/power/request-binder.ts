import { type Clock, retryUntil } from '../lib/index.ts'
import { type RequestedRun, RequestedRuns, type RequestedRunsOptions } from './requested-runs.ts'

/** Instances that could not be stopped when their requests ended, because their socket was being deployed anew; by the id of that. */
const leftBehind = new Map<string, string[]>()

/** Calls back once a request is over: `isDone` if it was answered that all went well. @returns whether there is a request at all */
export type OnRequestOver = (run: (isDone: boolean) => void) => boolean

/** One request and the instance that is stopped when the request ends without having been answered. */
export interface Binding {
    /** Whether the caller has left. */
    readonly isGone: boolean
    /** The instance that was started for it has this id. */
    begin(id: string): Promise<void>
}

export interface RequestBinderOptions {
    /** The node that starts instances. */
    node: string
    store: {
        states: RequestedRunsOptions['states']
        ready(signal: AbortSignal): Promise<void>
        once<T>(key: string, make: () => T): T
    }
    clock: Clock
    /** Stops an instance; throws while its socket is away. */
    end(run: RequestedRun): Promise<unknown>
    signal: AbortSignal
}

/** Ends instances with the requests they were started by: at once, after a deploy, or when Node-RED is back. */
export class RequestBinder {
    readonly #o: RequestBinderOptions
    readonly #runs: RequestedRuns

    constructor(options: RequestBinderOptions) {
        this.#o = options
        const { node, store, clock, signal } = options
        const make = () => new RequestedRuns({ node, states: store.states, clock, end: (run) => this.#end(run) })
        this.#runs = store.once(`requested runs of ${node}`, make)
        void retryUntil(clock, signal, () => store.ready(signal).then(() => this.#runs.load()))
    }

    /** To be called when a socket was deployed anew. @param socket its node id */
    catchUp(socket: string): void {
        const left = leftBehind.get(socket) ?? []
        leftBehind.delete(socket)
        for (const instance of left) void this.#end({ socket, instance })
    }

    /** Binds what is to be started to a request; undefined if there is none. @param socket the node id of the socket it will run on */
    bind(socket: string, onOver: OnRequestOver): Binding | undefined {
        let over: boolean | undefined
        let begun: { id: string; release(): void } | undefined
        // The request may be over before there is an instance.
        const settle = async () => {
            if (!begun || over === undefined) return
            if (over || (await this.#end({ socket, instance: begun.id }))) begun.release()
        }
        const isBound = onOver((isDone) => {
            over = isDone
            void settle()
        })
        if (!isBound) return undefined
        return {
            get isGone() {
                return over === false
            },
            begin: (id) => {
                begun = { id, release: this.#runs.add({ socket, instance: id }) }
                return settle()
            },
        }
    }

    /** Nobody else would stop it: its id may never have reached the caller. @returns whether it has ended */
    async #end(run: RequestedRun): Promise<boolean> {
        try {
            await this.#o.end(run)
            return true
        } catch {
            leftBehind.set(run.socket, [...(leftBehind.get(run.socket) ?? []), run.instance])
            return false
        }
    }
}

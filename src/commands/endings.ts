import { type Clock, dropOldest, retryUntil, stackOf } from '../lib/index.ts'
import type { Tasks } from '../tasks/index.ts'
import type { Command } from './command.ts'
import type { CommandRepository } from './repository.ts'

/** Is told of each command that has ended, once that is committed. */
export type EndedListener = (command: Command) => void

interface EndingsOptions {
    /** The id of the endpoint. */
    endpoint: string
    tasks: Tasks
    repository: Pick<CommandRepository, 'untold'>
    clock: Clock
    log: (text: string) => void
}

/** Commands that are read at once. */
const PAGE = 500
/** Commands that are known to have been told: the task of one may come to its time just then. */
const MAX_TOLD = 1000

/**
 * Tells the nodes that gave commands how they ended. The task of a command stays until that is done, so that it is done at least once,
 * whatever happens to the process.
 */
export class Endings {
    readonly #o: EndingsOptions
    readonly #listeners = new Map<string, EndedListener>()
    readonly #told = new Set<string>()

    constructor(options: EndingsOptions) {
        this.#o = options
    }

    /** Tells a node of its commands until the signal aborts. */
    attach(node: string, listener: EndedListener, signal: AbortSignal): void {
        this.#listeners.set(node, listener)
        const leave = () => this.#listeners.get(node) === listener && this.#listeners.delete(node)
        signal.addEventListener('abort', leave, { once: true })
    }

    /** @returns whether its node was told, by now or before */
    tell(command: Command): boolean {
        if (this.#told.has(command.id)) return true
        const listener = this.#listeners.get(command.node)
        if (!listener) return false
        this.#told.add(command.id)
        dropOldest(this.#told, MAX_TOLD)
        try {
            listener(command)
        } catch (error) {
            this.#o.log(`a listener failed: ${stackOf(error)}`)
        }
        return true
    }

    /** Gives those of a node's commands that have ended without its being told. */
    async *untold(node: string, signal: AbortSignal): AsyncGenerator<Command> {
        const { clock, tasks, repository, endpoint } = this.#o
        let after = ''
        do {
            const page: Command[] = (await retryUntil(clock, signal, () => repository.untold(endpoint, node, after, PAGE))) ?? []
            // What is being told now is busy until its task is gone.
            yield* page.filter(({ id }) => !tasks.isBusy(id))
            after = page.length === PAGE ? page.at(-1)!.id : ''
        } while (after !== '' && !signal.aborted)
    }
}

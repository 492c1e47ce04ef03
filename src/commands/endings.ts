import { type Clock, dropOldest, retryUntil, stackOf } from '../lib/index.ts'
import type { Worker } from '../tasks/index.ts'
import type { Command, DeviceName, Ending } from './command.ts'
import { type CommandRepository, KEPT } from './repository.ts'

/** Is told of each command that has ended, once that is committed. */
export type EndedListener = (command: Command) => void

interface EndingsOptions {
    /** The id of the endpoint. */
    endpoint: string
    repository: Pick<CommandRepository, 'end' | 'get' | 'untold'>
    clock: Clock
    log: (text: string) => void
}

/** Commands that are read at once. */
const PAGE = 500
/** Commands that are remembered to have been told, as the task of one may expire before it is removed. */
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

    /**
     * Ends a command, as soon as the store can be written.
     * @param of only if it is for that device
     * @returns it; undefined if it had ended before, or the signal aborts
     */
    async end(id: string, ending: Ending, of: DeviceName | undefined, signal: AbortSignal): Promise<Command | undefined> {
        const { clock, repository, endpoint } = this.#o
        let isAgain = false
        return await retryUntil(clock, signal, async () => {
            // A commit whose answer was lost may be done.
            const before = isAgain ? await repository.get(endpoint, id) : undefined
            isAgain = true
            return before?.ending ? before : await repository.end(id, ending, clock.now(), of && { of })
        })
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
        const { clock, repository, endpoint } = this.#o
        let after = ''
        do {
            const page: Command[] = (await retryUntil(clock, signal, () => repository.untold(endpoint, node, after, PAGE))) ?? []
            yield* page
            after = page.length === PAGE ? page.at(-1)!.id : ''
        } while (after !== '' && !signal.aborted)
    }
}

/**
 * What the task of a command becomes that has ended, but whose node has not been told: its device does not get it any more, and it goes
 * with its node, or with the command.
 */
export const untoldTask = ({ node }: Command, now: number) => ({ owner: node, key: null, expiresAt: now + KEPT })

/** Keeps a task for the node that has not been told. */
export async function keepUntold(command: Command, worker: Worker, now: number): Promise<void> {
    await worker.change(command.id, untoldTask(command, now)).catch(() => {})
    await worker.park([command.id])
}

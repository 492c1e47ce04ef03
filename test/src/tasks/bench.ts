import { Refusal } from '../../../src/lib/index.ts'
import type { Store } from '../../../src/stores.ts'
import { type Addition, type Task, type TaskRepository, Tasks, Worker, type WorkerOptions } from '../../../src/tasks/index.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { workbench } from '../store/open.ts'

/** A repository that answers otherwise here and there. */
export function changed(whole: TaskRepository, changes: Partial<TaskRepository>): TaskRepository {
    return new Proxy(whole, {
        get(_, name) {
            if (name in changes) return Reflect.get(changes, name)
            const value = Reflect.get(whole, name)
            return typeof value === 'function' ? value.bind(whole) : value
        },
    })
}

/** Workers on a store of their own, with a clock that the test moves. */
export class TaskBench {
    readonly clock = new FakeClock()
    readonly store = workbench()
    readonly logged: string[] = []
    /** The payloads of what was done. */
    readonly did: string[] = []
    db: Store
    tasks: Tasks
    closing = new AbortController()
    /** What a process hands on from one store to the next. */
    readonly #ended = new Set<string>()
    #ids = 0
    #isOver = false

    constructor() {
        this.db = this.store.open(this.store.file())
        this.tasks = this.open()
    }

    /** @param changes of how the store answers */
    open(changes: Partial<TaskRepository> = {}): Tasks {
        const { clock, db, logged } = this
        const repository = changed(db.tasks, changes)
        this.tasks = new Tasks({
            repository,
            ready: (signal) => db.ready(signal),
            clock,
            newId: () => `${++this.#ids}`,
            log: (text) => logged.push(text),
            ended: this.#ended,
        })
        return this.tasks
    }

    worker(options: Partial<WorkerOptions> = {}): Worker {
        const run = ({ payload }: Task): undefined => void this.did.push(payload)
        return new Worker(this.tasks, { kind: 'test', run, log: (text) => this.logged.push(text), ...options }, this.closing.signal)
    }

    /** Another run: what is there is in the store. */
    async restart(): Promise<void> {
        this.closing.abort()
        await this.db.close()
        this.closing = new AbortController()
        this.db = this.store.open(this.store.file())
        this.open()
    }

    task(payload: string, ms = 0, more: Partial<Addition> = {}): Addition {
        return { owner: 'n1', payload, dueAt: this.clock.now() + ms, ...more }
    }

    /** Lets what is asked of the store, and what is due, be done. */
    async until(holds: () => boolean | Promise<boolean>): Promise<void> {
        while (!(await holds())) {
            if (this.#isOver) throw new Error(`not so after all: ${this.did.slice(-9)} ${this.logged.slice(-9)}`)
            await this.clock.advanceAsync(0)
        }
    }

    /** Moves on, a little at a time, so that the store keeps up. */
    async advance(ms: number, holds: () => boolean): Promise<void> {
        await this.idle()
        await this.clock.advanceAsync(ms)
        await this.until(holds)
    }

    /** What was asked of the store until now has been answered. */
    async idle(): Promise<void> {
        for (let i = 0; i < 5; i++) {
            await this.db.tasks.get('')
            await this.db.states.put('idle', i)
            await this.clock.advanceAsync(0)
        }
    }

    count = (kind = 'test', owner?: string): number => this.db.tasks.total(kind, owner).count

    async clear(): Promise<void> {
        this.#isOver = true
        this.closing.abort()
        await this.store.clear()
    }
}

export const away = () => Promise.reject(new Refusal(503, 'STORE_UNAVAILABLE', 'away'))

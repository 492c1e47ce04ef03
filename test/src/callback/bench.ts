import { Callbacks } from '../../../src/callback/callbacks.ts'
import type { DeliveryOutcome, DeliveryTally } from '../../../src/callback/deliveries.ts'
import type { CallbackPut } from '../../../src/callback/put.ts'
import { makeHostGuard } from '../../../src/http/index.ts'
import { Refusal } from '../../../src/lib/index.ts'
import { PARKED, type TaskRepository } from '../../../src/tasks/index.ts'
import { makeBus } from '../../support/bus.ts'
import { TaskBench } from '../tasks/bench.ts'

const hour = 3_600_000
export const target = { header: 'CPEE-CALLBACK', url: 'http://127.0.0.1/done' }
export const isClosed = (error: unknown) => error instanceof Refusal && error.status === 410 && error.code === 'CALLBACK_CLOSED'

/** Callbacks with a store of their own, and with a clock and receivers that a test decides about. */
export class CallbackBench {
    readonly bench = new TaskBench()
    readonly bus = makeBus()
    /** How the store answers otherwise. */
    readonly changes: Partial<TaskRepository> = {}
    /** Of the last that was started. */
    closing = new AbortController()
    readonly sent: CallbackPut[] = []
    /** What each PUT comes to, one after the other; 200 after that. */
    results: (number | Error | Promise<number>)[] = []
    /** In place of those. */
    answer: ((request: CallbackPut) => number | Promise<number>) | undefined
    readonly tallies: DeliveryTally[] = []
    readonly outcomes: DeliveryOutcome[] = []
    /** What nodes are working on. */
    readonly busy = new Set<string>()
    deploy = () => {}
    #ids = 0

    get clock() {
        return this.bench.clock
    }

    get logged() {
        return this.bench.logged
    }

    start(): Callbacks {
        this.closing = new AbortController()
        const callbacks = new Callbacks({
            bus: this.bus,
            tasks: this.bench.open(this.changes),
            clock: this.clock,
            id: () => `c${++this.#ids}`,
            put: (request, signal) => this.#put(request, signal),
            guard: makeHostGuard({ ports: () => [] }),
            inHand: () => this.busy,
            onDeployed: (run) => {
                this.deploy = run
            },
            log: (text) => this.logged.push(text),
        })
        callbacks.join(this.closing.signal)
        const replier = {
            giveUp: hour,
            outcome: (outcome: DeliveryOutcome) => this.outcomes.push(outcome),
            changed: (tally: DeliveryTally) => this.tallies.push(tally),
        }
        callbacks.attach('reply', replier, this.closing.signal)
        return callbacks
    }

    #put(request: CallbackPut, signal: AbortSignal): Promise<number> {
        this.sent.push(request)
        const result = this.answer?.(request) ?? this.results.shift() ?? 200
        if (result instanceof Error) return Promise.reject(result)
        const aborted = new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
        return Promise.race([result, aborted])
    }

    reply(callbacks: Callbacks, id: string, body: object = { message: 'done' }): Promise<DeliveryOutcome> {
        const answered = callbacks.reply(id, 'reply', JSON.stringify(body), this.closing.signal)
        answered.catch(() => {})
        return answered
    }

    bodies() {
        return this.sent.map(({ body }) => JSON.parse(body))
    }

    messages() {
        return Object.fromEntries(this.sent.map(({ id, body }) => [id, JSON.parse(body).message]))
    }

    /** Moves on, when all that was to be kept by then is, and lets what is due then be done. */
    async advance(ms = 0): Promise<void> {
        await this.#idle()
        await this.clock.advanceAsync(ms)
        await this.#idle()
    }

    async #idle(): Promise<void> {
        for (let i = 0; i < 4; i++) await this.bench.idle()
    }

    /** What is kept of it: nothing, that it is open, or that it has an answer. */
    async state(id: string): Promise<'open' | 'ready' | undefined> {
        const task = await this.bench.db.tasks.get(id)
        return task && (task.dueAt === PARKED ? 'open' : 'ready')
    }

    /** Keeps a message that will answer a callback. */
    async hold(id: string): Promise<void> {
        const held = { id: `message for ${id}`, kind: 'wait', queue: 'n1', owner: 'n1', key: null, expiresAt: null }
        await this.bench.db.tasks.add({ ...held, dueAt: PARKED, parent: id, payload: '' })
    }

    async clear(): Promise<void> {
        this.closing.abort()
        await this.bench.clear()
    }
}

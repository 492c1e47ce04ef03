import { Callbacks } from '../../../src/callback/callbacks.ts'
import type { Outcome, Tally } from '../../../src/callback/deliveries.ts'
import { makeGuard } from '../../../src/callback/guard.ts'
import type { Request } from '../../../src/callback/put.ts'
import { Refusal } from '../../../src/lib/index.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { rowsInMemory } from './memory.ts'

const hour = 3_600_000
export const target = { header: 'CPEE-CALLBACK', url: 'http://127.0.0.1/done' }
export const isClosed = (error: unknown) => error instanceof Refusal && error.status === 410 && error.code === 'CALLBACK_CLOSED'

/** Callbacks with a clock, a store and receivers that a test decides about. */
export class CallbackBench {
    readonly clock = new FakeClock()
    /** The callbacks that kept messages will answer. */
    readonly held = new Set<string>()
    readonly whole = rowsInMemory(this.held)
    repository = this.whole
    /** Of the last that was started. */
    closing = new AbortController()
    readonly sent: Request[] = []
    /** What each PUT comes to, one after the other; 200 after that. */
    results: (number | Error | Promise<number>)[] = []
    readonly tallies: Tally[] = []
    readonly outcomes: Outcome[] = []
    readonly logged: string[] = []
    /** What nodes are working on. */
    readonly busy = new Set<string>()
    deploy = () => {}
    #ids = 0

    start(): Callbacks {
        this.closing = new AbortController()
        const callbacks = new Callbacks({
            repository: this.repository,
            ready: () => Promise.resolve(),
            clock: this.clock,
            id: () => `c${++this.#ids}`,
            put: (request, signal) => this.#put(request, signal),
            guard: makeGuard({ ports: () => [] }),
            inHand: () => this.busy,
            onDeployed: (run) => {
                this.deploy = run
            },
            log: (text) => this.logged.push(text),
        })
        callbacks.join(this.closing.signal)
        const replier = {
            giveUp: hour,
            outcome: (outcome: Outcome) => this.outcomes.push(outcome),
            changed: (tally: Tally) => this.tallies.push(tally),
        }
        callbacks.attach('reply', replier, this.closing.signal)
        return callbacks
    }

    #put(request: Request, signal: AbortSignal): Promise<number> {
        this.sent.push(request)
        const result = this.results.shift() ?? 200
        if (result instanceof Error) return Promise.reject(result)
        const aborted = new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
        return Promise.race([result, aborted])
    }

    reply(callbacks: Callbacks, id: string, body: object = { message: 'done' }): Promise<Outcome> {
        return callbacks.reply(id, 'reply', JSON.stringify(body), this.closing.signal)
    }

    bodies() {
        return this.sent.map(({ body }) => JSON.parse(body))
    }
}

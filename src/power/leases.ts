import { badInput } from '../lib/index.ts'
import { type InstanceData, instanceData } from './instance-data.ts'
import { isHalted } from './machine.ts'
import { halted } from './refusals.ts'
import type { SocketParts } from './socket-parts.ts'
import type { Starter } from './starter.ts'
import type { Stopper } from './stopper.ts'

/** What a lease is taken with. */
export interface LeaseRequest {
    /** Whose it is: the owner of its instance. */
    name: string
    /** Milliseconds from now after which it ends, unless it is taken again before. */
    timeout: number
    weight?: number | undefined
}

/** Power for somebody who asks for it again and again: an instance that goes on for as long as that is done, and ends by itself. */
export class Leases {
    readonly #p: SocketParts
    readonly #starter: Starter
    readonly #stopper: Stopper
    /** What is under way for each name: two at once do not start two instances. */
    readonly #turns = new Map<string, Promise<unknown>>()

    constructor(parts: SocketParts, starter: Starter, stopper: Stopper) {
        this.#p = parts
        this.#starter = starter
        this.#stopper = stopper
    }

    /** Renews the instance of a lease, or starts one. */
    take({ name, timeout, weight = 1 }: LeaseRequest): Promise<InstanceData> {
        if (timeout <= 0) throw badInput('timeout', 'is required for a lease: without one it would never end')
        return this.#inTurn(name, async () => {
            const [id] = this.#p.runs.of(name)
            const renewed = id === undefined ? undefined : await this.#renew(id, timeout)
            return renewed ?? (await this.#starter.start(timeout, weight, name))
        })
    }

    /** Stops what runs for a lease. */
    end(name: string): Promise<InstanceData[]> {
        return this.#inTurn(name, async () => {
            const stopped: InstanceData[] = []
            for (const id of this.#p.runs.of(name)) stopped.push(await this.#stopper.stop(id))
            return stopped
        })
    }

    #inTurn<T>(name: string, run: () => Promise<T>): Promise<T> {
        const turn = (this.#turns.get(name) ?? Promise.resolve()).then(run, run)
        this.#turns.set(name, turn)
        const over = () => this.#turns.get(name) === turn && this.#turns.delete(name)
        turn.then(over, over)
        return turn
    }

    /** @returns undefined if it has ended meanwhile */
    async #renew(id: string, timeout: number): Promise<InstanceData | undefined> {
        const { o, runs, recorder, power, guard, meter, energy } = this.#p
        if (isHalted(power.state)) throw halted({ instanceId: id })
        const { startedAt } = runs.get(id)!
        const whole = Math.max(o.clock.now() - startedAt, 0) + timeout
        await recorder.ledger.commit({ renewed: { id, timeout: whole } })
        if (!runs.renew(id, whole, timeout)) return undefined
        guard?.update()
        return instanceData(runs.asNow(id)!, meter.latest ? [meter.latest] : [], { now: o.clock.now(), meter: energy.state })
    }
}

import assert from 'node:assert/strict'
import type { Command, Ending } from '../../../src/commands/command.ts'
import type { TestDevice } from '../../support/command-device.ts'
import { CommandWorld } from '../../support/command-world.ts'
import { random } from '../../support/random.ts'
import { onPostgres } from '../store/open.ts'

/** There each commit is a way over the network. */
const RUNS = onPostgres ? 1 : 8
const DEVICES = 250
const STEPS = 25

type Told = CommandWorld['ended'][number]

/** One process after the other, with devices that do what devices do, each with a schedule of its own. */
class Schedule {
    readonly world = new CommandWorld({ jitter: 400, isLasting: true, depth: 6 })
    readonly given: { command: Command; device: TestDevice }[] = []
    readonly #devices: TestDevice[]
    readonly #random: () => number
    /** Orders that are being stored: they may be cut short by a kill. */
    #pending: Promise<unknown>[] = []
    kills = 0

    constructor(seed: number) {
        this.#random = random(seed)
        this.world.random = this.#random
        this.#devices = Array.from({ length: DEVICES }, (_, i) => this.world.device(`d${i}`))
        for (const [i, device] of this.#devices.entries()) if (i % 2 === 0) device.answer = (id, say) => this.#answer(id, say)
    }

    #pick<T>(list: readonly T[]): T {
        return list[Math.floor(this.#random() * list.length)]!
    }

    /** A device answers at once, late, twice, not at all, or contradicts itself. */
    #answer(id: string, say: (answer: { id: string; status: 'received' | 'done' | 'refused' | 'failed' }) => void): void {
        const { clock } = this.world
        const said = this.#pick([
            ['done'],
            ['done'],
            ['received', 'done'],
            ['received', 'done'],
            ['received'],
            ['refused'],
            ['failed'],
            [],
            ['done', 'refused'],
        ] as const)
        for (const status of said) {
            const after = this.#pick([0, 0, 0, 50, 700, 3000])
            if (after === 0) say({ id, status })
            else clock.after(after, () => say({ id, status }))
        }
    }

    #give(device: TestDevice): void {
        const { world } = this
        const more = {
            notAfter: world.clock.now() + this.#pick([100, 500, 2000, 10_000]),
            timeout: this.#pick([200, 1000, 4000]),
            resend: this.#random() < 0.7,
            keep: this.#random() < 0.9,
            collapseKey: this.#random() < 0.3 ? this.#pick(['a', 'b']) : null,
            idempotencyKey: this.#random() < 0.1 ? `${device.id} ${this.#pick(['x', 'y'])}` : null,
        }
        const sending = world.give(device, more)
        const told = sending.then(
            (command) => void this.given.push({ command, device }),
            (error: { code: string }) => assert.ok(['TOO_MANY_COMMANDS', 'STORE_UNAVAILABLE'].includes(error.code), error.code),
        )
        this.#pending.push(told)
    }

    #act(device: TestDevice): void {
        const { world } = this
        const { link } = device
        const act = this.#pick([
            'give',
            'give',
            'give',
            'give',
            'come',
            'come',
            'come',
            'go',
            'die',
            'full',
            'drain',
            'drain',
            'withdraw',
        ] as const)
        if (act === 'give') this.#give(device)
        if (act === 'come') world.connect(device, this.#pick([0, 0, 30, 400]))
        if (act === 'go' && link) world.drop(link)
        if (act === 'die' && link) link.isDead = true
        if (act === 'full' && link) link.isFull = true
        if (act === 'drain' && link) link.drain()
        const own = this.given.filter((one) => one.device === device)
        if (act === 'withdraw' && own.length > 0) this.#pending.push(world.commands.withdraw(this.#pick(own).command.id).catch(() => {}))
    }

    async run(): Promise<void> {
        const { world } = this
        for (let step = 0; step < STEPS; step++) {
            for (const device of this.#devices) if (this.#random() < 0.4) this.#act(device)
            if (this.#random() < 0.08) {
                this.kills++
                await world.kill()
                this.#pending = []
            }
            await world.pass(this.#pick([10, 60, 300, 1500]), 2000, 1)
        }
        await world.until(Promise.all(this.#pending))
        for (const device of this.#devices) if (device.link) world.drop(device.link)
        await world.pass(15_000, 1000)
    }
}

/** What must be true of a command that has ended, whatever happened. */
function check({ command, ending, device, told }: { command: Command; ending: Ending; device: TestDevice; told: Told[] }): void {
    const { id, notAfter } = command
    const what = JSON.stringify({ command, ending })
    const arrivals = device.arrivals.filter((one) => one.id === id)
    assert.ok(told.length > 0, `not told: ${what}`)
    assert.equal(new Set(told.map(({ life }) => life)).size, told.length, `told twice by one process: ${what}`)
    for (const one of told) assert.deepEqual(one.ending, ending, what)
    for (const { at } of arrivals) assert.ok(at <= notAfter, `arrived ${at - notAfter} ms too late: ${what}`)
    const { outcome, cause } = ending
    if (outcome === 'result') assert.ok(device.done.has(id), what)
    if (outcome === 'acknowledged') assert.ok(arrivals.length > 0, what)
    const never = outcome === 'expired' || cause === 'SUPERSEDED' || cause === 'WITHDRAWN' || cause === 'DEVICE_AWAY'
    if (never) assert.deepEqual(arrivals, [], what)
    if (!command.resend) assert.ok(arrivals.length <= 1, `arrived twice: ${what}`)
}

describe('commands, whatever happens', () => {
    const outcomes = new Map<string, number>()
    let kills = 0
    let world: CommandWorld
    afterEach(() => world.clear())

    for (let seed = 1; seed <= RUNS; seed++)
        it(`end once each, arrive in time and in order, and not twice if they must not (${seed})`, async function () {
            this.timeout(120_000)
            const schedule = new Schedule(seed)
            world = schedule.world
            await schedule.run()
            kills += schedule.kills
            const told = Map.groupBy(world.ended, ({ id }) => id)
            const kept = await world.until(world.commands.list({ limit: 100_000 }))
            const known = new Map(kept.map((command) => [command.id, command]))
            for (const { command, device } of schedule.given) {
                const { ending } = known.get(command.id) ?? assert.fail(`${command.id} is gone`)
                assert.ok(ending, `${JSON.stringify(known.get(command.id))} has no ending`)
                check({ command, ending, device, told: told.get(command.id) ?? [] })
                outcomes.set(ending.outcome, (outcomes.get(ending.outcome) ?? 0) + 1)
            }
            for (const command of kept) assert.ok(command.ending, `never ended: ${JSON.stringify(command)}`)
            assert.equal(world.commands.size, 0)
            for (let i = 0; i < DEVICES; i++) {
                const order = world.device(`d${i}`).got.map((id) => Number(id.slice(1)))
                const sorted = order.toSorted((a, b) => a - b)
                assert.deepEqual(order, sorted, 'out of order')
            }
            assert.deepEqual(world.logged, [])
        })

    after(() => {
        for (const outcome of ['result', 'acknowledged', 'rejected', 'expired', 'unreachable'])
            assert.ok(outcomes.get(outcome)! > 10 * RUNS, `${outcome}: ${JSON.stringify([...outcomes])}`)
        assert.ok(kills >= RUNS, `${kills} kills`)
    })
})

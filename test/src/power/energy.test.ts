import assert from 'node:assert/strict'
import type { Summary } from '../../../src/energy/index.ts'
import type { InstanceData } from '../../../src/power/instance-data.ts'
import { Bench, type BenchOptions, next, type Process } from '../../support/bench.ts'
import { scratch } from '../../support/file.ts'

/** Wh that 3 kW are in a second. */
const PER_SECOND = 3000 / 3600

describe('the energy of a socket', () => {
    let bench: Bench
    let run: Process
    /** A plug that draws 3 kW and is read ten times in a second. */
    const open = async (options: BenchOptions = {}) => {
        bench = await Bench.open({ interval: 100, ...options })
        bench.plug.setPower(3000)
        run = await bench.start()
        return run.socket
    }
    afterEach(() => bench.close())

    const readings = async (count: number) => {
        for (let i = 0; i < count; i++) await next(run.socket, 'reading')
    }
    const used = ({ summary }: InstanceData) => summary.energyWh!
    const meter = async () => (await run.store.power.meter('s1'))!
    const says = (command: string, payload: string) => run.broker.publish(`cmnd/smart-socket/${command}`, payload, false)

    /** Whether it is what 3 kW make in the time that it ran, but for what the plug's counter does not show and for a reading. */
    const isRight = ({ energyWh, seconds }: Summary, share = 1) =>
        assert.ok(Math.abs(energyWh! - share * seconds * PER_SECOND) < 1 + 0.3 * PER_SECOND, `${energyWh} Wh in ${seconds} s`)

    it('is what an instance has used, with its time, its power and why it stopped', async () => {
        const socket = await open()
        const { id } = await socket.start()
        await readings(10)
        const running = (await socket.records.get(id)).summary
        assert.ok(running.energyWh! > 0 && running.stopReason === null)
        const { summary } = await socket.stop(id)
        isRight(summary)
        assert.deepEqual([summary.quality, summary.stopReason, summary.maxW, 'cost' in summary], ['counter', 'stopped', 3000, false])
        assert.ok(Math.abs(summary.meanW! - summary.energyWh! / (summary.seconds / 3600)) < 10)
        assert.deepEqual((await socket.records.get(id)).summary, summary)
        assert.deepEqual((await socket.records.list({ limit: 1 }))[0]!.summary, summary)
    })

    it('says of each instance why it stopped', async () => {
        const socket = await open()
        const expired = next(socket, 'stopped')
        const late = await socket.start(30)
        await expired
        const [pressed, other] = [await socket.start(), await socket.start()]
        const ended = next(socket, 'stopped')
        bench.plug.press()
        await ended
        const reason = async ({ id }: InstanceData) => (await socket.records.get(id)).summary.stopReason
        assert.deepEqual([await reason(late), await reason(pressed), await reason(other)], ['timeout', 'manual', 'manual'])
        const last = await socket.start()
        await socket.emergencyStop()
        assert.equal(await reason(last), 'emergency')
    })

    for (const sharing of ['equal', 'weight', 'marginal'] as const)
        it(`is shared so that all shares are what the meter has counted: ${sharing}`, async () => {
            const socket = await open({ sharing, tariff: () => 1000 })
            const first = await socket.start(0, 1)
            await readings(4)
            const second = await socket.start(0, 3)
            await readings(4)
            const stopped = [await socket.stop(first.id)]
            await readings(3)
            stopped.push(await socket.stop(second.id))
            const third = await socket.start()
            await readings(2)
            await socket.emergencyStop()
            stopped.push(await socket.records.get(third.id))
            const fourth = await socket.start().catch(() => undefined)
            assert.equal(fourth, undefined)
            const { energy, unshared } = socket.meter!
            const shares = stopped.map(used)
            assert.ok(shares.every((share) => share >= 0))
            assert.ok(
                Math.abs(shares.reduce((sum, share) => sum + share, unshared) - energy) < 1e-5,
                `${shares} and ${unshared} are not ${energy}`,
            )
            for (const { summary } of stopped) assert.ok(Math.abs(summary.cost! - summary.energyWh!) < 1e-5)
        })

    it('goes on over a plug that is reset, jumps, lies and falls silent', async () => {
        const socket = await open()
        const { id } = await socket.start()
        const energies: number[] = []
        for (const trouble of [() => says('EnergyTotal', '0'), () => says('EnergyTotal', '9000000'), () => {}]) {
            await readings(3)
            trouble()
            energies.push(used(await socket.records.get(id)))
        }
        bench.plug.fault = 'lying'
        await readings(3)
        bench.plug.fault = 'silent'
        await run.store.power.socket('s1')
        bench.plug.fault = undefined
        await readings(3)
        const { summary } = await socket.stop(id)
        energies.push(summary.energyWh!)
        assert.deepEqual(
            energies,
            energies.toSorted((one, other) => one - other),
        )
        isRight(summary)
        assert.equal(summary.quality, 'integrated')
    })

    it('adds up the phases', async () => {
        const socket = await open({ plug: { phases: 3 } })
        const { id } = await socket.start()
        await readings(8)
        isRight((await socket.stop(id)).summary)
    })

    it('is that of its own relay, by power, where all relays have one counter', async () => {
        const socket = await open({ plug: { relays: 2 }, relay: 2 })
        bench.plug.setPower(300, 2)
        bench.plug.press(1)
        const { id } = await socket.start()
        await readings(8)
        const { summary } = await socket.stop(id)
        assert.equal(summary.quality, 'integrated')
        const own = (300 * summary.seconds) / 3600
        assert.ok(summary.energyWh! > 0 && summary.energyWh! < 1.5 * own, `${summary.energyWh} Wh, of ${own}`)
    })

    describe('in a file', () => {
        let files: ReturnType<typeof scratch>
        beforeEach(() => {
            files = scratch()
        })
        afterEach(() => files.clear())

        it('goes on after a restart, also of the plug, with the shares of those that run', async () => {
            await open({ file: files.file, sharing: 'marginal' })
            const ids = [(await run.socket.start()).id, (await run.socket.start()).id]
            await readings(5)
            const before = run.socket.meter!
            await run.end()
            await bench.plug.reboot()
            run = await bench.start()
            await run.socket.ready()
            await readings(2)
            const stopped = [await run.socket.stop(ids[0]!), await run.socket.stop(ids[1]!)]
            const { energy, unshared } = run.socket.meter!
            assert.ok(energy >= before.energy)
            assert.ok(Math.abs(stopped.reduce((sum, one) => sum + used(one), unshared) - energy) < 1e-5)
            const kept = await meter()
            assert.ok(before.energy <= kept.energy && kept.energy <= energy)
        })
    })
})

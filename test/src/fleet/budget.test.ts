import assert from 'node:assert/strict'
import { Fleet } from '../../../src/fleet/fleet.ts'
import type { DeviceChange } from '../../../src/fleet/repository.ts'
import { weightOf } from '../../../src/fleet/weight.ts'
import { makeBus } from '../../support/bus.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { refused } from '../../support/refused.ts'
import { forgetful } from './memory.ts'

const update = { register: true, history: false }
const text = (length: number) => 'x'.repeat(length)

describe('what a fleet takes of the memory', () => {
    let logged: string[]
    let closing: AbortController
    /** Changes that are being written, which the test ends. */
    let written: { change: DeviceChange; end(): void }[]
    beforeEach(() => {
        logged = []
        written = []
        closing = new AbortController()
    })
    afterEach(() => closing.abort())

    const fleetOf = ({ device = 1000, fleet = 1_048_576 }: { device?: number; fleet?: number }, repository = forgetful()) => {
        const made = new Fleet({ bus: makeBus(), name: 'f', repository, clock: new FakeClock(), log: (line) => logged.push(line) })
        made.budget.allow({ device: device * 1024, fleet }, closing.signal)
        return made
    }
    const slow = () => ({
        ...forgetful(),
        commit: (change: DeviceChange) => new Promise<void>((end) => written.push({ change, end })),
    })

    it('is held to a limit for each device: what would need more is refused whole, and changes nothing', async () => {
        const fleet = fleetOf({ device: 20 })
        await fleet.update('a', { x: text(5000) }, update)
        const before = fleet.budget.bytes
        await assert.rejects(fleet.update('a', { y: text(5000), z: 1 }, update), refused(503, 'DEVICE_FULL'))
        assert.deepEqual([[...fleet.rows.get('a')!.properties.keys()], fleet.budget.bytes], [['x'], before])
        await fleet.update('a', { x: text(4999), z: 1 }, update)
        await fleet.update('b', { y: text(5000) }, update)
    })

    it('is held to a limit for all of them: those that need no more go on, and small new ones find room', async () => {
        const fleet = fleetOf({})
        await fleet.update('honest', { battery: 1, name: text(10) }, update)
        let taken = 0
        const flood = async () => {
            for (;;) await fleet.update(`d${taken}`, { x: text(10_000) }, update).then(() => taken++)
        }
        await assert.rejects(flood(), refused(503, 'FLEET_FULL'))
        await assert.rejects(flood(), refused(503, 'FLEET_FULL'))
        assert.deepEqual([fleet.rows.size, fleet.budget.isFull, logged.length], [taken + 1, true, 1])
        assert.ok(taken > 20 && fleet.budget.bytes <= 1_048_576, `${taken} devices, ${fleet.budget.bytes} bytes`)
        await fleet.update('honest', { battery: 2, name: text(9) }, update)
        await fleet.update('small', { battery: 1 }, update)
        for (let n = 0; n < taken / 4; n++) await fleet.remove(`d${n}`)
        assert.equal(fleet.budget.isFull, false)
        await fleet.update('large', { x: text(10_000) }, update)
    })

    it('is counted the same after a restart as before', async () => {
        const fleet = fleetOf({})
        const sets = { a: { x: text(100), o: { list: [1, 'two', null] } }, b: { y: true } }
        for (const [id, set] of Object.entries(sets)) await fleet.update(id, set, update)
        for (const [id, set] of Object.entries(sets)) await fleet.update(id, { ...set, more: text(7) }, update)
        const again = fleetOf({}, { ...forgetful(), devices: async () => [...fleet.rows.values()] })
        await again.load()
        assert.equal(again.budget.bytes, fleet.budget.bytes)
        for (const id of Object.keys(sets)) await again.remove(id)
        assert.equal(again.budget.bytes, 0)
    })

    it('is limited for what waits to be written, too, of which one device never has all', async () => {
        const fleet = fleetOf({ device: 1_000_000, fleet: 1_000_000_000 }, slow())
        await fleet.load()
        const results: Promise<unknown>[] = []
        const give = (id: string, set: object) => {
            const result = fleet.update(id, set, update)
            result.catch(() => {})
            results.push(result)
            return result
        }
        const large = () => ({ a: text(16_000), b: text(16_000), c: text(16_000) })
        await Promise.resolve()
        for (let n = 0; n < 200; n++) void give('greedy', large())
        await assert.rejects(give('greedy', large()), refused(503, 'FLEET_BUSY'))
        const honest = give('honest', { x: 1 })
        for (let n = 0; n < 200; n++) void give(`other${n}`, large())
        await assert.rejects(give('one more', large()), refused(503, 'FLEET_BUSY'))
        const late = give('late', { x: 1 })
        const bytes = written.reduce((sum, { change }) => sum + change.bytes, 0)
        assert.ok(bytes > 8_000_000 && bytes < 17_000_000, `${bytes}`)
        for (const { end } of written) end()
        await Promise.all([honest, late])
        await Promise.allSettled(results)
        const again = give('greedy', { x: 1 })
        for (const { end } of written) end()
        await again
    })

    it('allows what the most generous says, for as long as it is there', async () => {
        const fleet = fleetOf({ device: 2 })
        const generous = new AbortController()
        await assert.rejects(fleet.update('a', { x: text(5000) }, update), refused(503, 'DEVICE_FULL'))
        fleet.budget.allow({ device: 50_000, fleet: 1 }, generous.signal)
        await fleet.update('a', { x: text(5000) }, update)
        generous.abort()
        await assert.rejects(fleet.update('a', { x: text(5001) }, update), refused(503, 'DEVICE_FULL'))
        await fleet.update('a', { x: text(4000) }, update)
    })

    it('counts what lists and objects take beside their texts', () => {
        const lists = JSON.parse(`[${'[],'.repeat(999)}[]]`)
        assert.ok(weightOf(lists) > 64_000)
        assert.deepEqual([weightOf(1), weightOf(null), weightOf('abc')], [0, 0, 6])
    })
})

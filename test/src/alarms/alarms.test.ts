import assert from 'node:assert/strict'
import { Alarms, type Published, type Report } from '../../../src/alarms/alarms.ts'
import { Watcher } from '../../../src/alarms/watcher.ts'
import { Refusal } from '../../../src/lib/index.ts'
import { KeptWorld } from '../../support/kept-world.ts'

const MINUTE = 60_000
const behaviour = { latch: false, onDelay: 0, offDelay: 0, repeat: 0 }
const me = { by: 'me', comment: 'seen' }

describe('alarms that are kept', () => {
    let world: KeptWorld
    let alarms: Alarms
    let told: Published[]
    beforeEach(() => {
        world = new KeptWorld()
        begin()
    })
    afterEach(() => world.clear())

    function begin(): void {
        alarms = new Alarms({ ...world.common, group: 'g', repository: world.store.alarms })
        alarms.attach(world.closed)
        told = []
        alarms.onTransition((published) => told.push(published), world.closed)
    }
    const report = (id: string, isActive: boolean, more: Partial<Report> = {}) =>
        world.until(alarms.report({ id, text: `${id} text`, priority: 'medium', value: 1, isActive, behaviour, ...more }))
    const events = () => told.map(({ transition: { id, trigger, to } }) => `${id} ${trigger} ${to}`)
    const kill = async (away = 0) => {
        await world.kill(away)
        begin()
        await world.idle()
    }
    const stateOf = async (id: string) => (await world.until(alarms.get(id)))?.state.name
    const refusal = (status: number, code: string) => (error: { status: number; code: string }) =>
        error.status === status && error.code === code

    it('tell each transition once it is kept, with who did it and why', async () => {
        await report('a', true)
        await report('a', true, { value: 2 })
        await world.until(alarms.operate('a', 'acknowledge', me))
        await report('a', false)
        assert.deepEqual(events(), ['a raise unacknowledged', 'a acknowledge acknowledged', 'a clear normal'])
        const kept = await world.until(alarms.transitions({ limit: 10 }))
        assert.deepEqual(
            kept.toReversed().map(({ trigger, by, comment, seq }) => [trigger, by, comment, seq]),
            told.map(({ transition: { trigger, by, comment, seq } }) => [trigger, by, comment, seq]),
        )
        assert.deepEqual([kept[1]!.by, kept[1]!.comment], ['me', 'seen'])
        assert.ok(kept[0]!.seq > kept[1]!.seq)
        assert.deepEqual(await world.until(alarms.transitions({ limit: 10, before: kept[1]!.seq })), [kept[2]])
    })

    it('refuse what cannot be done in a state, and what is said of an alarm that never was', async () => {
        await report('a', true)
        await assert.rejects(world.until(alarms.operate('a', 'reset', me)), refusal(409, 'WRONG_STATE'))
        await assert.rejects(world.until(alarms.operate('b', 'acknowledge', me)), refusal(404, 'UNKNOWN_ALARM'))
        await assert.rejects(report('b', false), refusal(404, 'UNKNOWN_ALARM'))
        assert.deepEqual(events(), ['a raise unacknowledged'])
    })

    it('are listed with the most urgent first, and counted', async () => {
        await report('a', true)
        await report('b', true, { priority: 'critical' })
        await report('c', true, { priority: 'low' })
        await report('c', false)
        await world.until(alarms.operate('c', 'acknowledge', me))
        await world.until(alarms.operate('a', 'acknowledge', me))
        const list = async (all: boolean) => (await world.until(alarms.list({ all, limit: 10 }))).map(({ id }) => id)
        assert.deepEqual(
            [await list(false), await list(true)],
            [
                ['b', 'a'],
                ['b', 'a', 'c'],
            ],
        )
        assert.deepEqual(alarms.counts, { standing: 2, unacknowledged: 1 })
    })

    it('keep their state over a kill; delays and shelves end at their time, also if that was meanwhile', async () => {
        const slow = { ...behaviour, onDelay: 10 * MINUTE, offDelay: 10 * MINUTE }
        await report('slow', true, { behaviour: slow })
        await report('aside', true)
        await world.until(alarms.shelve('aside', world.clock.now() + 30 * MINUTE, me))
        await kill()
        assert.deepEqual([await stateOf('slow'), await stateOf('aside')], ['normal', 'shelved'])
        await world.pass(9.9 * MINUTE)
        assert.deepEqual(events(), [])
        await world.pass(0.2 * MINUTE)
        assert.deepEqual(events(), ['slow raise unacknowledged'])
        await kill(25 * MINUTE)
        assert.deepEqual(events(), ['aside unshelve unacknowledged'])
        while (world.tasks.total('alarm').count > 0) await world.idle()
    })

    it('are woken although the task of one was lost', async () => {
        await report('a', true)
        await world.until(alarms.shelve('a', world.clock.now() + MINUTE, me))
        const { task } = (await world.until(alarms.get('a')))!
        await world.until(world.store.tasks.remove([task!]))
        await kill()
        await world.pass(2 * MINUTE)
        assert.deepEqual(events(), ['a unshelve unacknowledged'])
    })

    it('are told of and woken although a task could not be kept at first', async () => {
        await report('a', true)
        const { tasks } = world.store
        const { add } = tasks
        const away = () => Promise.reject(new Refusal(503, 'STORE_UNAVAILABLE', 'away'))
        Object.assign(tasks, { add: away })
        await world.until(alarms.shelve('a', world.clock.now() + MINUTE, me))
        assert.equal(events().at(-1), 'a shelve shelved')
        Object.assign(tasks, { add })
        await world.pass(2 * MINUTE, MINUTE / 4)
        assert.equal(events().at(-1), 'a unshelve unacknowledged')
    })

    it('leave no tasks behind where a condition comes and goes', async () => {
        const slow = { ...behaviour, onDelay: 10 * MINUTE }
        for (let i = 0; i < 20; i++) await report('a', i % 2 === 0, { behaviour: slow })
        while (world.tasks.total('alarm').count > 0) await world.idle()
        assert.deepEqual(events(), [])
    })

    it('come too many for anybody: that is an alarm itself, which is over when no more come', async () => {
        for (let i = 0; i < 14; i++) await report(`a${i}`, true, { priority: i % 2 ? 'low' : 'high' })
        await world.idle()
        assert.deepEqual(
            told.filter(({ isFlood }) => isFlood).map(({ transition: { id } }) => id),
            ['a11', 'a13'],
        )
        assert.equal(await stateOf('alarm-flood'), 'unacknowledged')
        await world.pass(9 * MINUTE)
        assert.equal(await stateOf('alarm-flood'), 'unacknowledged')
        await world.pass(2 * MINUTE)
        assert.equal(await stateOf('alarm-flood'), 'returned-unacknowledged')
    })

    describe('of values that are watched', () => {
        let watcher: Watcher
        const watch = () => {
            const { common: options, closed: signal } = world
            watcher = new Watcher({ ...options, node: 'n', alarms, behaviour, reachWithin: 60 * MINUTE, silence: 5 * MINUTE, signal })
        }
        const take = (value: number, setPoint?: number) =>
            world.until(watcher.take('v', { value, setPoint }, { deadband: 0.5, high: 25, tolerance: 1 }))
        beforeEach(watch)

        it('are raised and cleared, and a restart does not raise them again', async () => {
            assert.deepEqual(await take(26), ['high'])
            await kill()
            watch()
            assert.deepEqual(await take(24.7), ['high'])
            assert.deepEqual(await take(24.4), [])
            assert.deepEqual(events(), ['v.high clear returned-unacknowledged'])
        })

        it('have one for silence that is apart from the others, also after a restart', async () => {
            await take(26)
            await world.pass(4 * MINUTE)
            await take(26)
            await world.pass(4 * MINUTE)
            assert.equal(await stateOf('v.no-data'), undefined)
            await world.pass(2 * MINUTE, MINUTE)
            assert.equal(await stateOf('v.no-data'), 'unacknowledged')
            await world.until(alarms.operate('v.no-data', 'acknowledge', me))
            assert.equal(await stateOf('v.high'), 'unacknowledged')
            await take(26)
            assert.deepEqual(await stateOf('v.no-data'), 'normal')
            await kill(30 * MINUTE)
            watch()
            await world.pass(4 * MINUTE, MINUTE)
            assert.deepEqual(await stateOf('v.no-data'), 'normal')
            await world.pass(2 * MINUTE, MINUTE)
            assert.deepEqual(await stateOf('v.no-data'), 'unacknowledged')
        })

        it('are raised when a set-point is not reached in its time, which begins anew when that jumps', async () => {
            await take(15, 20)
            await world.pass(50 * MINUTE, 10 * MINUTE)
            await take(15, 22)
            await world.pass(50 * MINUTE, 10 * MINUTE)
            assert.equal(await stateOf('v.not-reached'), 'normal')
            await world.pass(11 * MINUTE)
            assert.equal(await stateOf('v.not-reached'), 'unacknowledged')
            await take(21.5)
            assert.equal(await stateOf('v.not-reached'), 'returned-unacknowledged')
        })

        it('are raised again where somebody says that they are over, and they are not', async () => {
            await take(26)
            await report('v.high', false)
            await take(26)
            assert.deepEqual(events(), [
                'v.high raise unacknowledged',
                'v.high clear returned-unacknowledged',
                'v.high raise unacknowledged',
            ])
            await take(15, 20)
            await report('v.not-reached', false)
            for (let minute = 0; minute <= 60; minute += 4) {
                await take(15)
                await world.pass(4 * MINUTE)
            }
            assert.equal(await stateOf('v.not-reached'), 'unacknowledged')
        })
    })
})

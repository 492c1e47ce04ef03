import assert from 'node:assert/strict'
import { Agenda } from '../../../src/lib/index.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { memory } from '../../support/memory.ts'
import { random } from '../../support/random.ts'

describe('Agenda', () => {
    const open = () => {
        const clock = new FakeClock(0)
        const calls: [id: string | number, at: number][] = []
        const agenda: Agenda<string | number> = new Agenda(clock, (id) => calls.push([id, clock.now()]))
        return { clock, calls, agenda }
    }

    it('calls each of 10 000 entries once, when its time comes, soonest first', () => {
        const { clock, calls, agenda } = open()
        const next = random(1)
        const times = Array.from({ length: 10_000 }, () => Math.floor(next() * 1_000_000))
        for (const [id, at] of times.entries()) agenda.set(id, at)
        assert.equal(clock.pending, 1)
        clock.advance(1_000_000)
        assert.equal(calls.length, 10_000)
        assert.ok(calls.every(([id, at]) => at === times[Number(id)]))
        assert.ok(calls.every(([, at], i) => i === 0 || calls[i - 1]![1] <= at))
        assert.deepEqual([agenda.size, clock.pending], [0, 0])
    })

    it('goes by where entries were moved to last, and forgets those taken back', () => {
        const { clock, calls, agenda } = open()
        const next = random(2)
        const last = new Map<number, number>()
        for (let i = 0; i < 20_000; i++) {
            const id = Math.floor(next() * 500)
            if (next() < 0.3) {
                assert.equal(agenda.delete(id), last.delete(id))
            } else {
                const at = Math.floor(next() * 100_000)
                agenda.set(id, at)
                last.set(id, at)
            }
        }
        assert.equal(agenda.size, last.size)
        clock.advance(100_000)
        assert.deepEqual(new Map(calls as [number, number][]), last)
        assert.equal(calls.length, last.size)
    })

    it('calls an entry once that was set twice for the same time, or taken back and set again', () => {
        const { clock, calls, agenda } = open()
        agenda.set('a', 10)
        agenda.set('a', 10)
        agenda.delete('a')
        agenda.set('a', 10)
        clock.advance(20)
        assert.deepEqual(calls, [['a', 10]])
    })

    it('calls what is past at once, but not before it was set', () => {
        const { clock, calls, agenda } = open()
        agenda.set('a', -5)
        assert.deepEqual(calls, [])
        clock.advance(0)
        assert.deepEqual(calls, [['a', 0]])
    })

    it('waits for what is a hundred years away', () => {
        const { clock, calls, agenda } = open()
        agenda.set('far', 2 ** 31 + 12_345)
        clock.advance(2 ** 31)
        assert.deepEqual(calls, [])
        clock.advance(12_345)
        assert.deepEqual(calls, [['far', 2 ** 31 + 12_345]])
        agenda.set('never', 3_155_760_000_000)
        assert.equal(agenda.size, 1)
    })

    it('keeps to the distance at which entries were set, however the wall clock is set later', () => {
        for (const jump of [-3_600_000, 3_600_000]) {
            const { clock, calls, agenda } = open()
            agenda.set('a', 100_000)
            agenda.after('b', 110_000)
            clock.jump(jump)
            clock.advance(99_999)
            assert.deepEqual([calls, agenda.left], [[], 1])
            clock.advance(1)
            assert.deepEqual([calls.length, agenda.left], [1, 10_000])
            clock.advance(10_000)
            assert.deepEqual(calls, [
                ['a', 100_000 + jump],
                ['b', 110_000 + jump],
            ])
        }
    })

    it('is at most half a minute late when the machine has slept', () => {
        const { clock, calls, agenda } = open()
        agenda.set('a', 3_600_000)
        clock.advance(1000)
        clock.sleep(3_600_000)
        clock.advance(30_000)
        assert.equal(calls.length, 1)
    })

    it('follows the wall clock where it is told to, at most half a minute late', () => {
        const clock = new FakeClock(0)
        const calls: string[] = []
        const agenda: Agenda<string> = new Agenda(clock, (id) => calls.push(id), { follows: 'wall' })
        agenda.set('forward', 3_600_000)
        clock.jump(3_600_000)
        clock.advance(30_000)
        assert.deepEqual(calls, ['forward'])
        agenda.set('back', clock.now() + 10_000)
        clock.jump(-60_000)
        clock.advance(69_999)
        assert.deepEqual(calls, ['forward'])
        clock.advance(30_000)
        assert.deepEqual(calls, ['forward', 'back'])
    })

    it('keeps nothing of where an entry was before it was moved', () => {
        const { clock, calls, agenda } = open()
        agenda.set('first', 1)
        const before = memory()
        for (let i = 0; i < 1_000_000; i++) agenda.set('a', 2_000_000 - i)
        assert.ok(memory() - before < 1_000_000)
        clock.advance(1_000_001)
        assert.deepEqual(calls, [
            ['first', 1],
            ['a', 1_000_001],
        ])
    })

    it('calls the others, too, when one throws, and tells what it threw', () => {
        const clock = new FakeClock(0)
        const calls: string[] = []
        const errors: unknown[] = []
        const due = (id: string) => {
            if (id.startsWith('bad')) throw new Error(id)
            calls.push(id)
        }
        const agenda = new Agenda(clock, due, { failed: (error) => errors.push(error) })
        for (const [i, id] of ['a', 'bad 1', 'b', 'bad 2'].entries()) agenda.set(id, i)
        agenda.set('c', 50)
        clock.advance(10)
        assert.deepEqual(
            [calls, errors.map(String)],
            [
                ['a', 'b'],
                ['Error: bad 1', 'Error: bad 2'],
            ],
        )
        clock.advance(40)
        assert.deepEqual(calls, ['a', 'b', 'c'])
    })

    it('throws what nobody takes once it has called the others', () => {
        const clock = new FakeClock(0)
        const calls: string[] = []
        const agenda = new Agenda(clock, (id: string) => {
            calls.push(id)
            if (id === 'a') throw new Error('oops')
        })
        for (const [i, id] of ['a', 'b', 'c'].entries()) agenda.set(id, i * 10)
        clock.sleep(10)
        assert.throws(() => clock.advance(0), /oops/)
        assert.deepEqual(calls, ['a', 'b'])
        clock.advance(10)
        assert.deepEqual(calls, ['a', 'b', 'c'])
    })

    it('takes entries from what it calls, and lets them be taken back', () => {
        const clock = new FakeClock(0)
        const calls: string[] = []
        const agenda: Agenda<string> = new Agenda(clock, (id) => {
            calls.push(id)
            if (id === 'a') {
                agenda.delete('b')
                agenda.set('c', 5)
                agenda.set('d', 20)
            }
        })
        agenda.set('a', 10)
        agenda.set('b', 10)
        clock.advance(10)
        assert.deepEqual(calls, ['a', 'c'])
        clock.advance(10)
        assert.deepEqual(calls, ['a', 'c', 'd'])
    })

    it('holds no timer once it is cleared, and can be used again', () => {
        const { clock, calls, agenda } = open()
        agenda.set('a', 10)
        agenda.clear()
        assert.equal(clock.pending, 0)
        agenda.set('b', 20)
        clock.advance(20)
        assert.deepEqual(calls, [['b', 20]])
    })
})

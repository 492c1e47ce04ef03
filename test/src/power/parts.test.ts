import assert from 'node:assert/strict'
import { EnergyMeter } from '../../../src/energy/index.ts'
import { SocketEvents } from '../../../src/power/events.ts'
import { instanceData } from '../../../src/power/instance-data.ts'
import { opened } from '../../../src/power/machine.ts'
import type { PowerStore, SocketOptions } from '../../../src/power/options.ts'
import { PowerLog } from '../../../src/power/power-log.ts'
import { Recorder } from '../../../src/power/recorder.ts'
import type { InstanceRow, PowerRepository, Reading } from '../../../src/power/repository.ts'
import { Runs } from '../../../src/power/runs.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const row = (id: string, startedAt = 0, timeout = 0): InstanceRow => ({
    id,
    socket: 's1',
    startedAt,
    stoppedAt: null,
    timeout,
    sampledFrom: startedAt,
    powerOnAt: null,
    powerOffAt: null,
    isEmergencyStopped: false,
    isManuallyStopped: false,
})

describe('PowerLog', () => {
    const entry = (instanceId: string, at: number) => ({ instanceId, timestamp: new Date(at).toISOString() })

    it('pairs each time on with the time off that followed', () => {
        const log = new PowerLog()
        assert.deepEqual([log.pairs, log.on], [[], undefined])
        log.add({ at: 2, kind: 'on', owner: 'a' })
        assert.deepEqual(log.pairs, [{ powerOn: entry('a', 2), powerOff: null }])
        assert.equal(log.on, true)
        log.add({ at: 3, kind: 'off', owner: '<manual>' })
        log.add({ at: 4, kind: 'on', owner: 'b' })
        assert.deepEqual(log.pairs, [
            { powerOn: entry('a', 2), powerOff: entry('<manual>', 3) },
            { powerOn: entry('b', 4), powerOff: null },
        ])
    })

    it('shows also an off without an on, and an on after an on', () => {
        const log = new PowerLog()
        log.add({ at: 1, kind: 'off', owner: 'a' })
        log.add({ at: 2, kind: 'on', owner: 'b' })
        log.add({ at: 3, kind: 'on', owner: 'c' })
        log.add({ at: 4, kind: 'off', owner: 'd' })
        log.add({ at: 5, kind: 'off', owner: 'e' })
        assert.deepEqual(
            log.pairs.map(({ powerOn, powerOff }) => [powerOn?.instanceId, powerOff?.instanceId]),
            [
                [undefined, 'a'],
                ['b', undefined],
                ['c', 'd'],
                [undefined, 'e'],
            ],
        )
        assert.equal(log.on, false)
    })

    it('puts what was kept before what has happened since', () => {
        const log = new PowerLog()
        log.add({ at: 5, kind: 'off', owner: 'new' })
        log.load([{ at: 1, kind: 'on', owner: 'old' }])
        assert.deepEqual(log.pairs, [{ powerOn: entry('old', 1), powerOff: entry('new', 5) }])
    })

    it('holds so many at the most', () => {
        const log = new PowerLog()
        for (let at = 0; at < 10_000; at++) log.add({ at, kind: at % 2 ? 'off' : 'on', owner: `i${at}` })
        assert.ok(log.pairs.length <= 101)
        assert.deepEqual(log.pairs.at(-1)?.powerOff?.instanceId, 'i9999')
    })
})

const openRuns = () => {
    const clock = new FakeClock(1000)
    const expired: string[] = []
    const closing = new AbortController()
    const runs: Runs = new Runs(clock, (id) => void (runs.take(id) && expired.push(id)), closing.signal)
    return { clock, expired, closing, runs }
}

describe('Runs', () => {
    const open = openRuns

    it('tells which have run for their time, and no others', () => {
        const { clock, expired, runs } = open()
        runs.add(row('a', 1000, 500))
        runs.add(row('b', 1000, 100))
        runs.add(row('c', 1000))
        runs.add(row('d', 1000, 300))
        runs.take('d')
        assert.deepEqual(runs.withTimeout, ['a', 'b'])
        clock.advance(10_000)
        assert.deepEqual(expired, ['b', 'a'])
        assert.deepEqual(runs.ids, ['c'])
    })

    it('knows when the last of them will have ended, unless one has no end', () => {
        const { clock, runs } = open()
        const left = () => runs.end && runs.end - clock.monotonic()
        assert.equal(left(), undefined)
        runs.add(row('a', 1000, 500))
        runs.add(row('b', 900, 100))
        assert.equal(left(), 500)
        runs.add(row('c'))
        assert.equal(left(), undefined)
        runs.take('c')
        assert.equal(left(), 500)
    })

    it('finds those overdue', () => {
        const { runs } = open()
        runs.add(row('past', 0, 900))
        runs.add(row('now', 0, 1000))
        runs.add(row('future', 0, 1001))
        runs.add(row('endless'))
        assert.deepEqual(runs.overdue, ['past', 'now'])
    })

    it('ends them in time however the wall clock is set meanwhile', () => {
        for (const jump of [-3_600_000, 3_600_000]) {
            const { clock, expired, runs } = open()
            runs.add(row('a', 1000, 60_000))
            clock.jump(jump)
            runs.add(row('b', clock.now(), 60_000))
            clock.advance(59_999)
            assert.deepEqual([expired, runs.overdue], [[], []])
            clock.advance(1)
            assert.deepEqual(expired, ['a', 'b'])
        }
    })

    it('grants one from before a restart no more than its timeout, should it have started in the future', () => {
        const { clock, expired, runs } = open()
        runs.add(row('a', clock.now() + 3_600_000, 60_000))
        clock.advance(60_000)
        assert.deepEqual(expired, ['a'])
    })

    it('holds no timer once all are taken, or it is closed', () => {
        const { clock, expired, closing, runs } = open()
        runs.add(row('a', 1000, 500))
        assert.deepEqual(
            runs.takeAll().map(({ id }) => id),
            ['a'],
        )
        assert.deepEqual([runs.size, clock.pending], [0, 0])
        runs.add(row('b', 1000, 500))
        closing.abort()
        assert.equal(clock.pending, 0)
        clock.advance(1000)
        assert.deepEqual(expired, [])
    })
})

describe('Recorder', () => {
    it('stops by name those it knows, so that a later start is not meant', () => {
        const { clock, runs, closing } = openRuns()
        const power = { power: { commit: async () => {} } as unknown as PowerRepository, health: { ok: true } } as unknown as PowerStore
        const o = { id: 's1', name: 'heater', store: power, clock, signal: closing.signal, log: () => {} } as unknown as SocketOptions
        let state = opened(5000, clock.monotonic(), null, false)
        const recorder = new Recorder(o, runs, new EnergyMeter({ clock, sharing: 'equal' }), new SocketEvents(() => {}), () => state)
        assert.equal(recorder.end({ how: 'emergency' }, clock.now()).stopped.ids, undefined)
        state = { ...state, isLoaded: true }
        runs.add(row('a'))
        assert.deepEqual(recorder.end({ how: 'manual', late: undefined }, clock.now()).stopped.ids, ['a'])
    })

    it('takes the last that is stopped late for stopped, not for switched off by hand', () => {
        const { clock, runs, closing } = openRuns()
        const o = {
            id: 's1',
            name: 'heater',
            store: { power: {} },
            clock,
            signal: closing.signal,
            log: () => {},
        } as unknown as SocketOptions
        const recorder = new Recorder(o, runs, new EnergyMeter({ clock, sharing: 'equal' }), new SocketEvents(() => {}), () =>
            opened(5000, 0, null, false),
        )
        for (const late of ['a', 'b', undefined]) {
            runs.add(row('a'))
            assert.equal(recorder.end({ how: 'manual', late }, clock.now()).stopped.isManuallyStopped, late !== 'a')
        }
    })
})

describe('the data of an instance', () => {
    const reading = (at: number, power: number): Reading => ({
        at,
        today: 1,
        total: 2,
        power,
        apparentPower: 3,
        reactivePower: 4,
        factor: 0.5,
        voltage: 230,
        current: null,
    })

    it('has the fields that clients know, and readings as parallel arrays', () => {
        const data = instanceData({ ...row('a', 0, 60_000), stoppedAt: 2000, powerOffAt: 2001 }, [reading(0, 10), reading(1000, 20)], {
            now: 0,
            meter: undefined,
        })
        assert.deepEqual(data, {
            id: 'a',
            energy: {
                today: [1, 1],
                apparentPower: [3, 3],
                current: [null, null],
                factor: [0.5, 0.5],
                power: [10, 20],
                reactivePower: [4, 4],
                voltage: [230, 230],
                timestamp: ['1970-01-01T00:00:00.000Z', '1970-01-01T00:00:01.000Z'],
            },
            timeout: 60_000,
            startTimestamp: '1970-01-01T00:00:00.000Z',
            stopTimestamp: '1970-01-01T00:00:02.000Z',
            powerOnTimestamp: null,
            powerOffTimestamp: '1970-01-01T00:00:02.001Z',
            isEmergencyStopped: false,
            isManuallyStopped: false,
            summary: { seconds: 2, energyWh: null, meanW: null, maxW: 20, quality: null, stopReason: 'stopped' },
        })
    })
})

describe('SocketEvents', () => {
    it('is not stopped by a listener that throws, and says so', () => {
        const log: string[] = []
        const events = new SocketEvents((text) => log.push(text))
        const heard: string[] = []
        const listening = new AbortController()
        events.onEvent(() => {
            throw new Error('boom')
        }, listening.signal)
        events.onEvent(({ kind }) => void heard.push(kind), listening.signal)
        events.tell({ kind: 'recovered', at: 0 })
        listening.abort()
        events.tell({ kind: 'recovered', at: 0 })
        assert.deepEqual(heard, ['recovered'])
        assert.match(log.join(), /^a listener failed: Error: boom/)
    })
})

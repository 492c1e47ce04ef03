import assert from 'node:assert/strict'
import { Refusal } from '../../../src/lib/index.ts'
import { Ledger } from '../../../src/power/ledger.ts'
import type { PowerChange, PowerRepository, SocketRow } from '../../../src/power/repository.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { refused } from '../../support/refused.ts'
import { instance } from '../store/open.ts'

const unavailable = refused(503, 'STORE_UNAVAILABLE')
const fact = (n: number): PowerChange => ({ events: [{ at: n, kind: 'on', owner: `i${n}` }] })

describe('Ledger', () => {
    const open = () => {
        const clock = new FakeClock()
        const kept: PowerChange[] = []
        const state = { down: false, row: { id: 's1', name: 'heater', offDue: false, haltedAt: null } as SocketRow, tries: 0 }
        const repository = {
            commit: async (_: string, change: PowerChange) => {
                state.tries++
                await Promise.resolve()
                if (state.down) throw new Refusal(503, 'STORE_UNAVAILABLE', 'down')
                kept.push(change)
            },
        } as unknown as PowerRepository
        const closing = new AbortController()
        const said: string[] = []
        const ledger = new Ledger({
            repository,
            socket: 's1',
            row: () => state.row,
            clock,
            signal: closing.signal,
            log: (text) => void said.push(text),
        })
        const owners = () => kept.flatMap((change) => change.events?.map((event) => event.owner) ?? [])
        return { clock, kept, state, ledger, closing, owners, said }
    }

    it('keeps facts in their order over failures', async () => {
        const { clock, state, ledger, owners } = open()
        await ledger.append(fact(1))
        state.down = true
        await assert.rejects(ledger.append(fact(2)), unavailable)
        await assert.rejects(ledger.append(fact(3)), unavailable)
        await clock.advanceAsync(10_000)
        assert.deepEqual(owners(), ['i1'])
        state.down = false
        await assert.rejects(ledger.append(fact(4)), unavailable)
        await clock.advanceAsync(30_000)
        assert.deepEqual(owners(), ['i1', 'i2', 'i3', 'i4'])
        assert.equal(ledger.isBehind, false)
        await ledger.append(fact(5))
        assert.equal(clock.pending, 0)
    })

    it('does not try more often than every half a minute in the end, and at once when the store is back', async () => {
        const { clock, state, ledger, owners } = open()
        state.down = true
        await assert.rejects(ledger.append(fact(1)), unavailable)
        await clock.advanceAsync(600_000)
        assert.ok(state.tries < 30, `${state.tries} tries`)
        state.down = false
        ledger.now()
        ledger.now()
        await clock.advanceAsync(0)
        assert.deepEqual(owners(), ['i1'])
        assert.equal(clock.pending, 0)
    })

    it('keeps that a run has ended after that it has started, also where the start waits for what was before', async () => {
        const { kept, ledger, state } = open()
        const stop = (ids: string[]): PowerChange => ({
            stopped: { ids, at: 1, powerOffAt: null, isEmergencyStopped: false, isManuallyStopped: false },
        })
        const round = (n: number) => {
            const many = ledger.append(stop(Array.from({ length: 501 }, (_, i) => `${n}-${i}`)))
            const started = ledger.commit({ started: instance(`r${n}`) })
            return Promise.allSettled([many, started, ledger.append(stop([`r${n}`])), ledger.append(fact(n))])
        }
        const first = round(1)
        assert.ok(ledger.stopsBehind.includes('r1'))
        assert.equal(ledger.eventsBehind, 1)
        const settled = ledger.written()
        assert.ok((await first).every(({ status }) => status === 'fulfilled'))
        await settled
        const place = (is: (change: PowerChange) => boolean | undefined) => kept.findIndex(is)
        const starts = place(({ started }) => started?.id === 'r1')
        assert.ok(starts > place(({ stopped }) => stopped?.ids?.includes('1-500')))
        assert.ok(starts < place(({ stopped }) => stopped?.ids?.includes('r1')))
        assert.deepEqual([ledger.stopsBehind, ledger.eventsBehind], [[], 0])
        state.down = true
        // A start that could not be kept lets what came after it wait like anything else.
        assert.ok((await round(2)).every(({ status }) => status === 'rejected'))
        assert.ok(ledger.isBehind && ledger.stopsBehind.includes('r2'))
        assert.equal(ledger.eventsBehind, 1)
    })

    it('refuses intentions while facts wait, and forgets those that failed', async () => {
        const { clock, state, ledger, owners } = open()
        state.down = true
        await assert.rejects(ledger.commit(fact(1)), unavailable)
        assert.equal(ledger.isBehind, false)
        await assert.rejects(ledger.append(fact(2)), unavailable)
        state.down = false
        await assert.rejects(ledger.commit(fact(3)), unavailable)
        await clock.advanceAsync(2000)
        await ledger.commit(fact(4))
        assert.deepEqual(owners(), ['i2', 'i4'])
    })

    it('writes of the socket what is true by then', async () => {
        const { clock, kept, state, ledger } = open()
        state.down = true
        await assert.rejects(ledger.append({ socket: state.row }), unavailable)
        state.row = { ...state.row, offDue: true }
        state.down = false
        await clock.advanceAsync(2000)
        assert.deepEqual(kept, [{ socket: { id: 's1', name: 'heater', offDue: true, haltedAt: null } }])
    })

    const stop = (id: string, at = 1): PowerChange => ({
        stopped: { ids: [id], at, powerOffAt: null, isEmergencyStopped: false, isManuallyStopped: false },
    })
    const stops = (kept: PowerChange[]) => kept.flatMap((change) => change.stopped?.ids ?? [])

    it('loses none, however many wait, and writes them together', async () => {
        const { clock, kept, state, ledger } = open()
        state.down = true
        for (let n = 0; n < 40_000; n++) await assert.rejects(ledger.append(stop(`i${n}`, Math.floor(n / 1000))))
        state.down = false
        state.tries = 0
        await clock.advanceAsync(60_000)
        assert.deepEqual(
            stops(kept),
            Array.from({ length: 40_000 }, (_, n) => `i${n}`),
        )
        assert.ok(state.tries <= 81, `${state.tries} commits`)
        assert.ok(kept.every((change) => change.stopped!.ids!.length <= 500))
        assert.equal(ledger.isBehind, false)
    })

    it('takes any number at once, keeping their order, while the store takes some at a time', async () => {
        const { kept, state, ledger } = open()
        const facts = Array.from({ length: 40_000 }, (_, n) => ledger.append(stop(`i${n}`)))
        const after = ledger.commit({ events: [{ at: 1, kind: 'on', owner: 'later' }] })
        await Promise.all([...facts, after, ledger.written()])
        assert.deepEqual(
            stops(kept),
            Array.from({ length: 40_000 }, (_, n) => `i${n}`),
        )
        assert.equal(kept.at(-1)?.events?.[0]?.owner, 'later')
        assert.ok(state.tries < 400, `${state.tries} commits`)
    })

    it('loses none when the store goes away in the middle of many', async () => {
        const { clock, kept, state, ledger } = open()
        const facts = Array.from({ length: 5000 }, (_, n) => ledger.append(stop(`i${n}`)).catch(() => {}))
        state.down = true
        await Promise.all(facts)
        assert.equal(ledger.isBehind, true)
        state.down = false
        await clock.advanceAsync(60_000)
        assert.deepEqual(
            stops(kept),
            Array.from({ length: 5000 }, (_, n) => `i${n}`),
        )
    })

    it('writes down in parts what names a great many', async () => {
        const { kept, ledger } = open()
        const ids = Array.from({ length: 60_000 }, (_, n) => `i${n}`)
        await ledger.append({ ...fact(1), stopped: { ...stop('').stopped!, ids }, poweredOff: { ids, at: 5 } })
        assert.deepEqual(stops(kept), ids)
        assert.deepEqual(
            kept.flatMap((change) => change.poweredOff?.ids ?? []),
            ids,
        )
        assert.ok(kept.every(({ stopped, poweredOff }) => (stopped?.ids?.length ?? 0) + (poweredOff?.ids.length ?? 0) <= 500))
    })

    it('knows at the end whether the plug is on, however often it goes on and off while the store is away', async () => {
        const { clock, kept, state, ledger, said } = open()
        state.down = true
        const flip = (n: number): PowerChange => ({ events: [{ at: n, kind: n % 2 ? 'off' : 'on', owner: `i${n}` }] })
        for (let n = 0; n < 30_001; n++) await assert.rejects(ledger.append(flip(n)))
        assert.ok(ledger.eventsBehind <= 10_001)
        state.down = false
        await clock.advanceAsync(60_000)
        const events = kept.flatMap((change) => change.events ?? [])
        assert.equal(events.at(-1)?.kind, 'on')
        assert.ok(events.every(({ kind }, i) => kind === (i % 2 ? 'off' : 'on')))
        assert.equal(said.length, 1)
    })

    it('holds no timer once it is closed', async () => {
        const { clock, state, ledger, closing } = open()
        state.down = true
        await assert.rejects(ledger.append(fact(1)), unavailable)
        assert.equal(clock.pending, 1)
        closing.abort()
        assert.equal(clock.pending, 0)
        await assert.rejects(ledger.append(fact(2)), unavailable)
        assert.equal(clock.pending, 0)
    })
})

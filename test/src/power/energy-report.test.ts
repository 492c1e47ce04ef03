import assert from 'node:assert/strict'
import { type Refusal, turn } from '../../../src/lib/index.ts'
import { EnergyReports, type ReportInput, reportCsv, reportQuery } from '../../../src/power/index.ts'
import type { Store } from '../../../src/stores.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { Metered } from '../../support/metered.ts'
import { random } from '../../support/random.ts'
import { soon, workbench } from '../store/open.ts'

const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000]
const START = Metered.START

const about = (value: number | null | undefined, wanted: number, by = 1e-5) =>
    assert.ok(Math.abs(value! - wanted) <= by, `${value} is not ${wanted}`)

describe('an energy report', () => {
    const bench = workbench()
    after(() => bench.clear())
    let files = 0
    const open = async (more = {}) => {
        const store = bench.open(bench.file(`${++files}.sqlite`), more)
        await store.ready(soon())
        return store
    }
    const plugOf = async (store: Store, id = 's1', clock?: FakeClock) => {
        const plug = new Metered(store, id, clock)
        await plug.restart()
        plug.read()
        plug.switch(true)
        return plug
    }
    const report = async (store: Store, given: ReportInput, { clock = new FakeClock(START + 100 * DAY), sockets = ['s1'] } = {}) => {
        const named = sockets.map((id) => ({ id, name: `socket ${id}` }))
        return await new EnergyReports(store.power, clock).report(named, reportQuery({ timeZone: 'UTC', ...given }, String), String)
    }
    const sum = (list: readonly { kWh?: number | null }[]) => list.reduce((total, { kWh }) => total + (kWh ?? 0), 0)

    /** Weeks with runs, silences, resets, restarts and clocks that are set. */
    async function past(plug: Metered, seed: number, steps = 250): Promise<void> {
        const next = random(seed)
        let runs = 0
        const running: string[] = []
        for (let i = 0; i < steps; i++) {
            plug.power = next() < 0.4 ? 0 : Math.round(next() * 3000)
            plug.pass(next() < 0.1 ? next() * 30 * HOUR : next() * 20 * MINUTE)
            const draw = next()
            if (draw < 0.03) await plug.restart()
            else if (draw < 0.06) plug.total = 0
            else if (draw < 0.07) plug.clock.jump(Math.round(next() * 2 * HOUR - HOUR))
            else if (draw < 0.2 && running.length > 0) plug.stop(running.pop()!)
            else if (draw < 0.3) {
                running.push(`${plug.socket}-${++runs}`)
                plug.start(running.at(-1)!, ['ann', 'bob', undefined][runs % 3])
            }
            plug.read()
        }
        await plug.kept
    }

    for (const seed of [1, 2])
        it(`has as its total what the meter has counted, in whatever steps, and at whatever levels it is kept: ${seed}`, async () => {
            const store = await open()
            const plug = await plugOf(store)
            await past(plug, seed)
            const { energy, cost } = plug.meter.state!
            const to = plug.clock.now() + HOUR
            const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu']
            const check = async () => {
                for (const [i, bucket] of [undefined, '15m', 'h', 'd', 'w', 'month', 'auto', 'd', 'month'].entries()) {
                    const made = await report(store, { from: START - HOUR, to, bucket, timeZone: zones[i % zones.length] })
                    about(made.total.kWh, energy / 1000)
                    about(made.total.cost, cost)
                    if (made.buckets) about(sum(made.buckets), energy / 1000, 1e-3)
                }
                // Any border divides it into two that are no more and no less.
                const next = random(seed)
                for (let i = 0; i < 5; i++) {
                    const at = Math.floor(START + next() * (to - START))
                    const parts = [await report(store, { from: START - HOUR, to: at }), await report(store, { from: at, to })]
                    about(sum(parts.map(({ total }) => total)), energy / 1000)
                }
            }
            await check()
            await store.close()
            const again = bench.open(bench.file(`${files}.sqlite`), { clock: new FakeClock(to), rollupDays: [2, 5, 0] })
            await again.ready(soon())
            for (const until = soon(); (await again.power.usage.kept())[1]! < START; await turn()) until.throwIfAborted()
            plug.store = again
            const made = await report(again, { from: START - HOUR, to })
            about(made.total.kWh, energy / 1000)
            assert.equal(made.resolution, 3600)
            await Promise.all(
                ['h', '1m', 'd'].map(async (bucket) => {
                    const end = bucket === '1m' ? START + 5 * DAY : to
                    const parts = await report(again, { from: START - HOUR, to: end, bucket })
                    about(sum(parts.buckets!), parts.total.kWh!, 1e-3)
                    if (end === to) about(parts.total.kWh, energy / 1000)
                }),
            )
        })

    it('tells who has used what: the groups are all of it', async () => {
        const store = await open()
        const plugs = [await plugOf(store), await plugOf(store, 's2')]
        for (const [i, plug] of plugs.entries()) await past(plug, 5 + i, 150)
        const sockets = ['s1', 's2']
        const [from, to] = [START - HOUR, Math.max(...plugs.map(({ clock }) => clock.now())) + HOUR]
        const all = plugs.reduce((total, { meter }) => total + meter.state!.energy, 0) / 1000
        const bySocket = await report(store, { from, to, by: 'socket', bucket: 'd' }, { sockets })
        assert.deepEqual(
            bySocket.groups!.map(({ socket }) => socket),
            ['socket s1', 'socket s2'],
        )
        for (const [i, { kWh, buckets }] of bySocket.groups!.entries()) {
            about(kWh, plugs[i]!.meter.state!.energy / 1000)
            about(sum(buckets!), kWh!, 1e-3)
        }
        about(bySocket.total.kWh, all)
        for (const by of ['instance', 'owner'] as const) {
            const { groups, total } = await report(store, { from, to, by }, { sockets })
            about(total.kWh, all)
            about(sum(groups!), all, 1e-3)
            assert.ok(groups!.every(({ kWh }) => kWh! >= 0))
        }
        const owners = (await report(store, { from, to, by: 'owner' }, { sockets })).groups!.map(({ owner }) => owner)
        assert.deepEqual(owners.toSorted(), ['<nobody>', '<unknown>', 'ann', 'bob'])
    })

    it('counts of a run that is cut what was used within, so that two halves are all of it', async () => {
        const store = await open()
        const plug = await plugOf(store)
        plug.power = 1000
        plug.start('a', 'ann')
        const step = (minutes: number) => {
            for (let i = 0; i < minutes; i++) {
                plug.pass(MINUTE)
                plug.read()
            }
        }
        step(60)
        plug.start('b')
        step(60)
        plug.stop('a')
        step(60)
        plug.stop('b')
        await plug.kept
        const of = async (instanceId: string, from?: number, to?: number) =>
            (await report(store, { instanceId, ...(from && { from: START + from * HOUR }), ...(to && { to: START + to * HOUR }) })).total
        assert.deepEqual(
            [(await of('a')).kWh, (await of('b')).kWh],
            [1.5, 1.5].map((kWh) => kWh),
        )
        about((await of('a', 0.5, 1.5)).kWh, 0.75, 0.001)
        about((await of('b', 1, 2)).kWh, 0.5, 0.001)
        const parts = [await of('a', 0.001, 1.3), await of('a', 1.3, 2.5)]
        about(sum(parts), 1.5, 0.001)
        const { bucket, buckets } = await report(store, { instanceId: 'a', bucket: 'h' })
        assert.equal(bucket, 'h')
        for (const [i, wanted] of [1, 0.5].entries()) about(buckets![i]!.kWh, wanted, 0.001)
        const { groups } = await report(store, { from: START + 1.5 * HOUR, to: START + 3 * HOUR, by: 'instance' })
        assert.deepEqual(
            groups!.map(({ instanceId, owner, kWh }) => [instanceId, owner, Math.round(kWh! * 100) / 100]),
            [
                ['b', '<unknown>', 1.25],
                ['a', 'ann', 0.25],
                [null, '<nobody>', 0],
            ],
        )
    })

    it('tells the powers, the time that it was on, and how that is known', async () => {
        const store = await open()
        const plug = await plugOf(store)
        for (let i = 0; i < 720; i++) {
            plug.power = i < 72 ? 2000 : i < 360 ? 100 : 4
            plug.pass(5 * SECOND)
            plug.read()
        }
        plug.switch(false)
        plug.power = 0
        plug.pass(10 * MINUTE)
        plug.read()
        await plug.kept
        const made = await report(store, { from: START, to: START + 3 * HOUR, bucket: 'h' })
        const { p5W, p50W, p95W, minW, maxW, secondsOn, quality, secondsKnown } = made.total
        assert.deepEqual([minW, maxW, secondsOn, secondsKnown, quality], [0, 2000, 3600, 4200, 'counter'])
        assert.deepEqual([p5W, p95W, made.resolution], [0, 2000, 60])
        assert.ok(p50W === 4 || p50W === 100)
        assert.deepEqual(made.buckets!.at(-1), {
            from: '2026-01-05T02:00:00.000Z',
            to: '2026-01-05T03:00:00.000Z',
            ...{ kWh: null, cost: null, minW: null, meanW: null, maxW: null, secondsOn: null, secondsKnown: 0, quality: null },
        })
        plug.switch(true)
        plug.pass(2 * HOUR)
        plug.read(null)
        await plug.kept
        const gap = await report(store, { from: START + 1.5 * HOUR, to: START + 2 * HOUR })
        assert.deepEqual([gap.total.kWh, gap.total.secondsKnown, gap.total.quality, gap.total.secondsOn], [null, 0, 'gap', null])
    })

    it('is made for many at once, each in its turn, and refused only where very many wait', async () => {
        const store = await open()
        const plug = await plugOf(store)
        plug.power = 600
        plug.pass(HOUR)
        plug.read()
        await plug.kept
        const reports = new EnergyReports(store.power, new FakeClock(START + DAY))
        const ask = () => reports.report([{ id: 's1', name: 's1' }], reportQuery({}, String), String)
        const made = await Promise.allSettled(Array.from({ length: 110 }, ask))
        const whole = made.filter((one) => one.status === 'fulfilled')
        assert.ok(whole.every(({ value }) => value.total.kWh === 0.6))
        assert.equal(whole.length, 104)
        assert.ok(made.every((one) => one.status === 'fulfilled' || one.reason.code === 'TOO_MANY_READS'))
        assert.equal((await ask()).total.kWh, 0.6)
    })

    it('has power by seconds while there are readings', async () => {
        const store = await open()
        const plug = await plugOf(store)
        for (let i = 0; i < 60; i++) {
            plug.power = i
            plug.pass(5 * SECOND)
            plug.read()
        }
        await plug.kept
        const made = await report(store, { from: START, to: START + 6 * MINUTE, bucket: 'auto', points: 100 }, { clock: plug.clock })
        assert.equal(made.bucket, '5s')
        assert.deepEqual(
            [1, 30, 59].map((i) => [made.buckets![i]!.meanW, made.buckets![i]!.kWh]),
            [0, 29, 58].map((watts) => [watts, null]),
        )
        assert.equal(made.buckets!.at(-1)!.meanW, null)
        about(made.total.kWh, plug.meter.state!.energy / 1000)
    })

    it('is refused with all that is wrong with it', async () => {
        const store = await open()
        const given = {
            from: 'x',
            to: '2026-02-31',
            bucket: 'year',
            points: 0,
            timeZone: 'Mars/Olympus',
            by: 'me',
            format: 'xml',
            instanceId: 7,
        }
        const refused = async (wrong: ReportInput, code: string) => {
            const error = await report(store, wrong).then(
                () => assert.fail('it was made'),
                (reason: Refusal) => reason,
            )
            assert.equal(error.code, code)
            return ((error.details.errors ?? []) as { path: string }[]).map(({ path }) => path)
        }
        assert.deepEqual((await refused(given, 'BAD_INPUT')).toSorted(), Object.keys(given).toSorted())
        assert.deepEqual(await refused({ from: 2, to: 1 }, 'BAD_INPUT'), ['from'])
        assert.deepEqual(await refused({ from: 0, to: 11 * 366 * DAY }, 'BAD_INPUT'), ['from'])
        // Calendars end there.
        assert.deepEqual(await refused({ from: -8.64e15, to: 8.64e15, bucket: 'd' }, 'BAD_INPUT'), ['from', 'to'])
        assert.deepEqual(await refused({ to: '9999-12-31T23:59:59.999Z', from: '9999-12-01', bucket: '1m' }, 'BAD_INPUT'), ['bucket'])
        assert.deepEqual(await refused({ from: 0, to: DAY * 365, bucket: '1m' }, 'BAD_INPUT'), ['bucket'])
        assert.deepEqual(await refused({ instanceId: 'none' }, 'NOT_FOUND'), [])
    })

    it('is CSV with a line for each step, group or both', async () => {
        const store = await open()
        const plug = await plugOf(store)
        plug.power = 600
        plug.start('=a', '＠O\'Neill, "Ann"')
        plug.pass(HOUR)
        plug.read()
        await plug.kept
        const csv = async (given: ReportInput) => {
            const made = await report(store, { from: START, to: START + 2 * HOUR, ...given })
            return reportCsv(made).trim().split('\r\n')
        }
        assert.deepEqual(await csv({ bucket: 'h' }), [
            'from,to,kWh,cost,minW,meanW,maxW,secondsOn,secondsKnown,quality',
            '2026-01-05T00:00:00.000Z,2026-01-05T01:00:00.000Z,0.6,0.3,600,600,600,3600,3600,counter',
            '2026-01-05T01:00:00.000Z,2026-01-05T02:00:00.000Z,,,,,,,0,',
        ])
        const [head, line] = await csv({ by: 'instance' })
        assert.equal(head, 'from,to,instanceId,owner,socket,kWh,cost,minW,meanW,maxW,secondsOn,secondsKnown,quality')
        assert.match(line!, /^2026-01-05T00:00:00.000Z,,'=a,"'＠O'Neill, ""Ann""",socket s1,0.6,0.3,/)
        assert.equal((await csv({ by: 'socket', bucket: 'h' })).length, 3)
        assert.equal((await csv({}))[0], 'from,to,kWh,cost,minW,meanW,maxW,p5W,p50W,p95W,secondsOn,secondsKnown,quality')
    })
})

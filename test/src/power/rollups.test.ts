import assert from 'node:assert/strict'
import { turn } from '../../../src/lib/index.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { Metered } from '../../support/metered.ts'
import { random } from '../../support/random.ts'
import { itOnFiles, soon, workbench } from '../store/open.ts'

const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000]
const START = Metered.START

const about = (value: number, wanted: number, by = 1e-6) => assert.ok(Math.abs(value - wanted) <= by, `${value} is not ${wanted}`)

describe('what a socket has used by time', () => {
    const bench = workbench()
    after(() => bench.clear())
    let files = 0
    const open = async (more = {}) => {
        const file = bench.file(`${++files}.sqlite`)
        const store = bench.open(file, more)
        await store.ready(soon())
        return { store, ask: (query: string) => bench.ask(query, file) }
    }

    /** Rows of one level. */
    const rows = (width: number) => `from rollups where abs(width) = ${width}`

    for (const seed of [1, 2, 3])
        it(`is at every level what the meter has counted, whatever the plug and the clock do: ${seed}`, async () => {
            const { store, ask } = await open()
            const plug = new Metered(store, 's1')
            await plug.restart()
            const next = random(seed)
            const troubles = [
                () => plug.pass(next() * 10 * MINUTE),
                () => plug.pass(next() * 9 * HOUR),
                () => plug.pass(next() * 30 * DAY),
                () => {
                    plug.total = 0
                },
                () => plug.clock.jump(Math.round((next() - 0.5) * 2 * DAY)),
                () => plug.switch(next() < 0.5),
                () => plug.restart(),
                () => plug.read(null),
            ]
            plug.read()
            plug.switch(true)
            for (let i = 0; i < 300; i++) {
                plug.power = next() < 0.3 ? 0 : next() * 3000
                plug.pass(5 * SECOND)
                if (next() < 0.1) await troubles[Math.floor(next() * troubles.length)]!()
                else plug.read()
            }
            plug.read()
            await plug.kept
            const { energy, cost, onMs, unshared } = plug.meter.state!
            for (const width of [MINUTE, 15 * MINUTE, HOUR]) {
                const [sums] = await ask(`select sum(energy) as energy, sum(cost) as cost, sum(on_ms) as on_ms,
                    sum(unshared) as unshared, min(energy) as low ${rows(width)}`)
                about(Number(sums!.energy), energy)
                about(Number(sums!.cost), cost)
                about(Number(sums!.on_ms), onMs, 0.01)
                about(Number(sums!.unshared), unshared)
                assert.ok(Number(sums!.low) >= 0)
            }
        })

    it('belongs to the time in which it was used, with the least and the greatest power', async () => {
        const { store, ask } = await open()
        const plug = new Metered(store, 's1')
        await plug.restart()
        plug.power = 1800
        plug.read()
        for (let i = 0; i < 2 * 720; i++) {
            if (i === 720) plug.power = 3600
            plug.pass(5 * SECOND)
            plug.read()
        }
        await plug.kept
        const hours = await ask(`select at, energy, least, greatest, known ${rows(HOUR)} order by at`)
        assert.deepEqual(
            hours.map(({ at, least, greatest, known }) => [Number(at) - START, least, greatest, known]),
            [
                [0, 1800, 1800, HOUR],
                [HOUR, 3600, 3600, HOUR],
            ],
        )
        about(Number(hours[0]!.energy), 1800, 3)
        about(Number(hours[1]!.energy), 3600, 3)
        assert.equal((await ask(`select at ${rows(MINUTE)}`)).length, 120)
    })

    it('is spread over a silence; a very long one is one row', async () => {
        const { store, ask } = await open()
        const plug = new Metered(store, 's1')
        await plug.restart()
        plug.power = 1200
        plug.read()
        plug.pass(30 * MINUTE)
        plug.read()
        plug.pass(10 * HOUR)
        plug.read()
        await plug.kept
        const minutes = await ask(`select width, at, energy, known ${rows(MINUTE)} order by at`)
        assert.equal(minutes.length, 31)
        const last = minutes.pop()!
        assert.deepEqual([Number(last.width), Number(last.at), last.known], [-MINUTE, START + 10.5 * HOUR, 10 * HOUR])
        for (const { energy } of minutes) about(Number(energy), 20)
        assert.deepEqual(
            (await ask(`select energy ${rows(HOUR)} order by at`)).map(({ energy }) => Math.round(Number(energy))),
            [1200, ...Array.from({ length: 9 }, () => 1200), 600],
        )
    })

    it('is spread over the time that Node-RED was away, though the plug says that it is on before it is read', async () => {
        const { store, ask } = await open()
        const plug = new Metered(store, 's1')
        await plug.restart()
        plug.power = 1200
        plug.read()
        plug.switch(true)
        plug.pass(MINUTE)
        plug.read()
        plug.pass(2 * HOUR)
        await plug.restart()
        plug.switch(true)
        plug.pass(SECOND)
        plug.read()
        await plug.kept
        const hours = await ask(`select energy, gap, on_ms ${rows(HOUR)} order by at`)
        assert.deepEqual(
            hours.map(({ energy, gap, on_ms }) => [Math.round(Number(energy)), gap, Math.round(Number(on_ms))]),
            [
                [1200, 0, MINUTE],
                [1200, 0, 0],
                // Of the time that Node-RED was away nobody knows how long it was on.
                [20, 0, 0],
            ],
        )
    })

    it('has what was used between the very first start and the first reading', async () => {
        const { store, ask } = await open()
        const plug = new Metered(store, 's1')
        await plug.restart()
        plug.power = 3600
        plug.start('a')
        plug.pass(MINUTE)
        plug.read()
        await plug.kept
        about(plug.meter.state!.energy, 60)
        about(Number((await ask(`select sum(energy) as energy ${rows(MINUTE)}`))[0]!.energy), 60)
    })

    it('goes into the time that the clock says, also when it was set back', async () => {
        const { store, ask } = await open()
        const plug = new Metered(store, 's1')
        await plug.restart()
        plug.power = 3600
        plug.read()
        const minute = () => {
            for (let i = 0; i < 12; i++) {
                plug.pass(5 * SECOND)
                plug.read()
            }
        }
        minute()
        plug.clock.jump(-MINUTE)
        minute()
        await plug.kept
        const [row, ...others] = await ask(`select energy, known ${rows(MINUTE)}`)
        assert.equal(others.length, 0)
        about(Number(row!.energy), 120, 2)
        assert.equal(row!.known, 2 * MINUTE)
    })

    it('is deleted level by level, and says since when it is there', async () => {
        const { store, ask } = await open()
        const plug = new Metered(store, 's1')
        await plug.restart()
        plug.read()
        for (let hour = 0; hour < 72; hour++) {
            plug.pass(30 * MINUTE)
            plug.read()
            plug.pass(30 * MINUTE)
            plug.read()
        }
        await plug.kept
        await store.close()
        const clock = new FakeClock(START + 3 * DAY)
        const again = bench.open(bench.file(`${files}.sqlite`), { clock, rollupDays: [1, 2, 0] })
        await again.ready(soon())
        const first = async (width: number) => Number((await ask(`select min(at) as at ${rows(width)}`))[0]!.at) - START
        for (const until = soon(); (await first(15 * MINUTE)) !== DAY; await turn()) until.throwIfAborted()
        assert.deepEqual([await first(MINUTE), await first(HOUR)], [2 * DAY, 0])
        assert.deepEqual(
            (await ask('select width, since from rollups_kept order by width')).map(({ width, since }) => [Number(width), Number(since)]),
            [
                [MINUTE, START + 2 * DAY],
                [15 * MINUTE, START + DAY],
            ],
        )
    })

    itOnFiles('takes little room: a week of 50 sockets that are read every 5 s is less than a GB', async () => {
        const { store, ask } = await open()
        const plug = new Metered(store, '0123456789abcdef')
        await plug.restart()
        plug.read()
        // Four hours.
        const readings = 4 * 720
        for (let i = 0; i < readings; i++) {
            plug.power = i % 7
            plug.pass(5 * SECOND)
            plug.read()
            if (i % 500 === 0) await plug.kept
        }
        await plug.kept
        const count = async (table: string) => Number((await ask(`select count(*) as n from ${table}`))[0]!.n)
        const [samples, rollups] = [await count('samples'), await count('rollups')]
        assert.deepEqual([samples, rollups], [readings + 1, 240 + 16 + 4])
        const week = 50 * 7 * 6
        assert.ok(week * samples < 6_100_000 && week * rollups < 550_000)
        const [taken] = await ask("select sum(pgsize) as bytes from dbstat where name like '%samples%' or name like '%rollups%'")
        assert.ok(week * Number(taken!.bytes) < 1_000_000_000, `${taken!.bytes} bytes`)
    })

    itOnFiles('gives way when the file is nearly full: by the minute what is older than a week, and not by the hour', async () => {
        const clock = new FakeClock(START + 14 * DAY)
        const { store, ask } = await open({ clock, mostBytes: 2 * 1_048_576 })
        for (const width of [MINUTE, HOUR])
            await ask(`insert into rollups with recursive part (at) as (values (${START})
                union all select at + ${width} from part where at < ${START + 14 * DAY}) select ${width}, 's1', at, 1.1, 0.1, 1.1, 0.1, 0.1, 0.1, 0.1, 1.1, 0.1, 0.1, 1.1, 1.1 from part`)
        const first = async (width: number) => Number((await ask(`select min(at) as at ${rows(width)}`))[0]!.at)
        for (const until = soon(); (await first(MINUTE)) !== START + 7 * DAY; await turn()) {
            until.throwIfAborted()
            clock.advance(10_000)
        }
        assert.equal(await first(HOUR), START)
        assert.deepEqual(await store.power.usage.kept(), [START + 7 * DAY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY])
    })
})

// Reports on a year of 50 sockets that are read day and night, and what it costs to keep a reading: absolute times, the machine's.
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { EnergyMeter } from '../src/energy/index.ts'
import { systemClock } from '../src/lib/index.ts'
import { EnergyReports, type ReportInput, reportQuery } from '../src/power/index.ts'
import { openStore } from '../src/stores.ts'

const [SOCKETS, DAY] = [50, 86_400_000]
/** Days of each level that the store keeps by default, up to a year of them. */
const LEVELS = [
    [60_000, 60],
    [900_000, 365],
    [3_600_000, 365],
] as const
const READINGS = 20_000

const root = mkdtempSync(join(tmpdir(), 'socketworks-energy-'))
const file = join(root, 'energy.sqlite')
const end = Math.floor(Date.now() / DAY) * DAY
const open = async () => {
    const store = openStore({ file, retentionDays: 0, clock: systemClock, log: (_, text) => console.log(text) })
    await store.ready(AbortSignal.timeout(60_000))
    return store
}

/** As the store keeps them, for sockets that draw more or less. */
function fill(): void {
    const database = new DatabaseSync(file)
    database.exec('pragma synchronous = off; begin')
    for (const [width, days] of LEVELS)
        database.exec(`insert into rollups
            with recursive socket (n) as (values (0) union all select n + 1 from socket where n < ${SOCKETS - 1}),
                part (at) as (values (${end - days * DAY}) union all select at + ${width} from part where at < ${end - width})
            select ${width}, 's' || substr('0' || n, -2), at, ${width} / 36000.0 * (1 + abs(random() % 100) / 50.0), 0, ${width} / 36000.0,
                ${width} / 1e8, 1, 1, ${width}, ${width}, 0, 0, 40, 300
            from socket cross join part order by 2, 3`)
    const insert = database.prepare('insert or replace into rollups_kept values (?, ?)')
    for (const [width, days] of LEVELS) insert.run(width, end - days * DAY)
    database.exec('commit')
    database.close()
}

const median = (values: readonly number[]) => Math.round(values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)]!)

/** Microseconds that a reading takes to be kept, with all that is added up. */
async function keeping(store: Awaited<ReturnType<typeof open>>): Promise<number> {
    const meter = new EnergyMeter({ clock: systemClock, sharing: 'equal', tariff: () => 0.3 })
    meter.load(undefined, [])
    const nothing = { apparentPower: null, reactivePower: null, factor: null, voltage: 230, current: null, today: null }
    const began = process.cpuUsage()
    let kept: Promise<void> = Promise.resolve()
    for (let i = 0; i < READINGS; i++) {
        meter.take({ total: i / 1e6, today: null, power: 50 })
        kept = store.power.addSample(
            's',
            { ...nothing, at: end + i * 5000, power: 50, total: i / 1e6 },
            { ...meter.state!, at: end + i * 5000 },
        )
        if (i % 50 === 0) await kept
    }
    await kept
    const { user, system } = process.cpuUsage(began)
    return (user + system) / READINGS
}

await (await open()).close()
fill()
const store = await open()
const sockets = Array.from({ length: SOCKETS }, (_, n) => ({ id: `s${String(n).padStart(2, '0')}`, name: `socket ${n}` }))
const rows = new DatabaseSync(file, { readOnly: true }).prepare('select count(*) as n from rollups').get()
console.log(`${SOCKETS} sockets, ${rows?.n} rows, ${Math.round(statSync(file).size / 1e6)} MB`)
const reports = new EnergyReports(store.power, systemClock)
const asked: [string, ReportInput][] = [
    ['the year', {}],
    ['the year by socket', { by: 'socket' }],
    ['the year by month', { bucket: 'month' }],
    ['the year by day', { bucket: 'd' }],
    ['the year by hour', { bucket: 'h' }],
    ['the last month by hour', { from: end - 30 * DAY, bucket: 'h' }],
    ['the last day by minute', { from: end - DAY, bucket: '1m' }],
]
for (const [what, given] of asked) {
    const query = reportQuery({ from: end - 365 * DAY, to: end, timeZone: 'Europe/Berlin', ...given }, String)
    const [times, work]: [number[], number[]] = [[], []]
    let longest = 0
    for (let i = 0; i < 5; i++) {
        let last = performance.now()
        const watch = setInterval(() => {
            longest = Math.max(longest, performance.now() - last)
            last = performance.now()
        }, 1)
        const [began, cpu] = [performance.now(), process.cpuUsage()]
        await reports.report(sockets, query, String)
        times.push(performance.now() - began)
        const { user, system } = process.cpuUsage(cpu)
        work.push((user + system) / 1000)
        clearInterval(watch)
    }
    console.log(
        `${what}: ${median(times)} ms, of CPU ${median(work)} ms, and the event loop waits for ${Math.round(longest)} ms at the longest`,
    )
}
console.log(`a reading: ${Math.round(await keeping(store))} µs of CPU`)
await store.close()
rmSync(root, { recursive: true })

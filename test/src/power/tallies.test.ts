import assert from 'node:assert/strict'
import type { Piece } from '../../../src/energy/index.ts'
import { EnergyReports, reportQuery } from '../../../src/power/index.ts'
import { tallies } from '../../../src/power/tallies.ts'
import type { Usage } from '../../../src/power/usage.ts'
import { Metered } from '../../support/metered.ts'
import { itOnFiles, soon, workbench } from '../store/open.ts'

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000]
const START = Date.UTC(2026, 0, 5)

describe('the sums of a report', () => {
    const bench = workbench()
    after(() => bench.clear())

    it('are read of one rollup an hour for a year of 50 sockets, and of finer ones for less time', async () => {
        const to = START + 365 * DAY + 7 * MINUTE
        const sockets = Array.from({ length: 50 }, (_, n) => `s${n}`)
        /** Rollups that are read, and in how many portions they are, at a store that counts them. */
        const read = async (from: number, steps: number, of = sockets) => {
            let rollups = 0
            const count = (ids: readonly string[], { width, from: start, to: end }: Piece) => {
                rollups += ids.length * Math.ceil((end - start) / width)
                return (async function* () {})()
            }
            const usage: Usage = { kept: async () => [0, 0, 0], silences: async () => [], summed: count, rows: count, powers: count }
            const borders = Array.from({ length: steps + 1 }, (_, i) =>
                i === steps ? to : i === 0 ? from : Math.floor((from + (i * (to - from)) / steps) / HOUR) * HOUR,
            )
            await tallies(usage, { sockets: of, borders, isEach: false, withPowers: false, now: to })
            return rollups
        }
        assert.ok((await read(START, 365)) < 50 * (365 * 24 + 60))
        assert.ok((await read(START, 1)) < 50 * (365 * 24 + 60))
        assert.ok((await read(to - 30 * DAY, 30)) <= 50 * 31 * 24 * 4)
        assert.ok((await read(START, 365, ['s1'])) <= 365 * 24 * 4 + 30)
        assert.ok((await read(to - DAY, 24, ['s1'])) <= 1441)
    })

    itOnFiles('are asked for in few statements, none of which looks row by row', async () => {
        const statements: string[] = []
        const store = bench.open(bench.file(), { trace: (sql) => statements.push(sql) })
        await store.ready(soon())
        const plug = new Metered(store, 's1')
        await plug.restart()
        for (let hour = 0; hour < 24 * 5; hour++) {
            plug.read()
            plug.pass(HOUR)
        }
        await plug.kept
        statements.length = 0
        const query = reportQuery({ from: START, to: START + 40 * DAY, bucket: 'd', by: 'socket', timeZone: 'Europe/Berlin' }, String)
        await new EnergyReports(store.power, plug.clock).report([{ id: 's1', name: 's1' }], query, String)
        const asked = new Set(statements.filter((sql) => /^select [\s\S]*"rollups"/.test(sql)))
        assert.ok(asked.size > 2)
        for (const sql of asked) {
            const plan = await bench.ask(`explain query plan ${sql.replaceAll('?', '1')}`, bench.file())
            for (const { detail } of plan) assert.doesNotMatch(String(detail), /^SCAN (?!rollups_kept)/, sql)
        }
        assert.ok(statements.length < 20, `${statements.length} statements`)
    })
})

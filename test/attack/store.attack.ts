import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { HEAP } from '../support/attack.ts'
import { Service } from '../support/service.ts'

const WEEK = 7 * 86_400_000
const EVERY = 5000
const COUNT = WEEK / EVERY
const RUNS = 100

/** Puts a week of readings and a hundred runs into a database; every fifth run has lasted all week, the others an hour. */
function fill(file: string): void {
    const db = new DatabaseSync(file)
    const begin = Date.now() - WEEK
    db.exec('begin')
    const sample = db.prepare(
        `insert into samples (socket, at, today, total, power, apparent_power, reactive_power, factor, voltage, current)
         values ('socketworks.socket', ?, 1.234, 1000.5, ?, 61.5, 3.25, 0.98, 230.1, 0.27)`,
    )
    for (let i = 0; i < COUNT; i++) sample.run(begin + i * EVERY, i === 77_777 ? 3333 : 60 + (i % 7))
    const run = db.prepare(
        `insert into instances (id, socket, started_at, stopped_at, timeout, sampled_from, power_on_at, power_off_at, is_emergency_stopped, is_manually_stopped)
         values (?, 'socketworks.socket', ?, ?, 0, ?, null, null, 0, 0)`,
    )
    for (let i = 0; i < RUNS; i++) run.run(`run-${i}`, begin + i, begin + (i % 5 === 0 ? WEEK : 3_600_000), begin)
    db.exec('commit')
    db.close()
}

describe('A week of readings and a hundred runs', function () {
    this.timeout(60_000)
    let service: Service
    before(async () => {
        service = await Service.start({ env: { ...HEAP } })
        await service.red.stop()
        fill(join(service.red.userDir, 'socketworks.sqlite'))
        await service.again()
        await service.heard()
    })
    after(() => service.close())

    /** The longest that a status takes while something is under way. */
    async function slowest(work: Promise<unknown>): Promise<number> {
        let longest = 0
        let done = false
        const settled = work.finally(() => {
            done = true
        })
        settled.catch(() => {})
        while (!done) {
            const from = performance.now()
            assert.equal((await service.get('/api/server/status')).status, 200)
            longest = Math.max(longest, performance.now() - from)
        }
        await settled
        return longest
    }

    const open = async (): Promise<IncomingMessage> => {
        const [response] = await once(get(`${service.red.url}/api/download`), 'response')
        return response as IncomingMessage
    }

    it('are listed within a second, without the readings', async () => {
        const from = performance.now()
        const { status, body } = await service.get('/api/instances')
        assert.deepEqual([status, body.instances.length], [200, RUNS])
        assert.ok(performance.now() - from < 1000)
        assert.ok(JSON.stringify(body).length < 100_000)
    })

    it('are listed with some of the readings by many at once, and the event loop stays free', async () => {
        const lists = Array.from({ length: 10 }, () => service.get('/api/instances?readings=1000&limit=20'))
        const longest = await slowest(Promise.all(lists))
        const statuses = (await Promise.all(lists)).map(({ status }) => status)
        assert.ok(statuses.every((status) => status === 200 || status === 429) && statuses.includes(200), statuses.join())
        assert.ok(longest < 1000, `a status took ${longest} ms`)
        const { body } = await lists[statuses.indexOf(200)]!
        assert.ok(JSON.stringify(body).length < 5_000_000)
    })

    it('give one run with its first, last and highest reading, and how many there are', async () => {
        const { status, body } = await service.get('/api/instance/run-0')
        const { energy, readings } = body.instance
        assert.equal(status, 200)
        assert.equal(readings.total, COUNT)
        assert.ok(energy.power.length <= 1000)
        assert.ok(energy.power.includes(3333))
        assert.equal(Date.parse(energy.timestamp.at(-1)) - Date.parse(energy.timestamp[0]), WEEK - EVERY)
    })

    it('are downloaded whole, again and again, while the event loop stays free and a second download is refused', async () => {
        for (let time = 0; time < 2; time++) {
            let [timestamps, tail] = [0, '']
            const first = await open()
            assert.equal(first.statusCode, 200)
            assert.match(first.headers['content-disposition'] ?? '', /attachment; filename="server_state\.json"/)
            const second = await service.get('/api/download')
            assert.equal(second.status, 429, second.body.message)
            first.on('data', (chunk: Buffer) => {
                const text = chunk.toString('latin1')
                for (let at = text.indexOf('Z"'); at >= 0; at = text.indexOf('Z"', at + 1)) timestamps++
                tail = (tail + text.slice(-2)).slice(-2)
            })
            const longest = await slowest(once(first, 'end'))
            assert.equal(tail, '}}')
            assert.ok(timestamps >= (RUNS / 5) * COUNT, String(timestamps))
            assert.ok(longest < 1000, `a status took ${longest} ms`)
        }
    })

    it('are downloaded by one who takes nothing: he costs nothing, and leaves room when he goes', async () => {
        const lazy = await open()
        lazy.pause()
        assert.equal((await service.get('/api/download')).status, 429)
        lazy.destroy()
        await service.until(async () => {
            const next = await open()
            next.destroy()
            return next.statusCode === 200
        })
    })
})

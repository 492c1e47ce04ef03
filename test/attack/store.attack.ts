import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import { connectAsync } from 'mqtt'
import { busyTime, HEAP, lives, slowest } from '../support/attack.ts'
import { eventually } from '../support/file.ts'
import { startNodeRed } from '../support/node-red.ts'
import { example, Service } from '../support/service.ts'

const WEEK = 7 * 86_400_000
const EVERY = 5000
const COUNT = WEEK / EVERY
const RUNS = 100
/** Milliseconds of computing within which an answer comes from a Node-RED that is not standing still. */
const FROZEN = 3000

/** Puts a week of readings and a hundred runs into a database; every twentieth run has lasted all week, the others an hour. */
function fill(file: string): void {
    const db = new DatabaseSync(file)
    const begin = Date.now() - WEEK
    db.exec('begin')
    // Of what the plug said before.
    db.exec('delete from samples')
    const sample = db.prepare(
        `insert into samples (socket, at, today, total, power, apparent_power, reactive_power, factor, voltage, current)
         values ('socketworks.socket', ?, 1.234, 1000.5, ?, 61.5, 3.25, 0.98, 230.1, 0.27)`,
    )
    for (let i = 0; i < COUNT; i++) sample.run(begin + i * EVERY, i === 77_777 ? 3333 : 60 + (i % 7))
    const run = db.prepare(
        `insert into instances (id, socket, started_at, stopped_at, timeout, sampled_from, power_on_at, power_off_at, is_emergency_stopped, is_manually_stopped)
         values (?, 'socketworks.socket', ?, ?, 0, ?, null, null, 0, 0)`,
    )
    for (let i = 0; i < RUNS; i++) run.run(`run-${i}`, begin + i, begin + (i % 20 === 0 ? WEEK : 3_600_000), begin)
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
    const longestStatus = (work: Promise<unknown>): Promise<number> =>
        slowest(work, async () => {
            const busy = busyTime(service.red.pid)
            assert.equal((await service.get('/api/server/status')).status, 200)
            return busy()
        })

    const open = async (): Promise<IncomingMessage> => {
        const [response] = await once(get(`${service.red.url}/api/download`), 'response')
        return response as IncomingMessage
    }

    it('are listed at once, without the readings', async () => {
        const busy = busyTime(service.red.pid)
        const { status, body } = await service.get('/api/instances')
        assert.deepEqual([status, body.instances.length], [200, RUNS])
        assert.ok(busy() < FROZEN)
        assert.ok(JSON.stringify(body).length < 100_000)
    })

    it('are listed with some of the readings by many at once, and the event loop stays free', async () => {
        const lists = Array.from({ length: 6 }, () => service.get('/api/instances?readings=1000&limit=40'))
        const longest = await longestStatus(Promise.all(lists))
        const statuses = (await Promise.all(lists)).map(({ status }) => status)
        assert.ok(statuses.every((status) => status === 200 || status === 429) && statuses.includes(200), statuses.join())
        assert.ok(longest < FROZEN, `a status took ${longest} ms`)
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
            const longest = await longestStatus(once(first, 'end'))
            assert.equal(tail, '}}')
            assert.ok(timestamps >= (RUNS / 20) * COUNT, String(timestamps))
            assert.ok(longest < FROZEN, `a status took ${longest} ms`)
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

describe('A database file that is deleted while Node-RED runs', function () {
    this.timeout(60_000)
    let service: Service
    beforeEach(async () => {
        service = await Service.start({ env: { ...HEAP, SOCKET_IDLE_INTERVAL: '0.2' } })
    })
    afterEach(() => service.close())
    const file = (name: string) => join(service.red.userDir, name)
    const lose = () => {
        for (const name of readdirSync(service.red.userDir)) if (name.startsWith('socketworks.sqlite')) rmSync(file(name))
    }
    const status = async () => (await service.get('/api/server/status')).body
    /** A run that was acknowledged after the file was deleted. */
    async function startAnyhow(): Promise<string> {
        let id = ''
        await service.until(async () => {
            const { status: code, body } = await service.post('/api/instance')
            assert.ok(code === 200 || code === 503, `${code} ${body.message}`)
            id = body.instance?.id
            return code === 200
        })
        return id
    }
    async function restart(): Promise<void> {
        await service.red.kill()
        await service.again()
        await service.heard()
    }

    it('takes no run with it that was acknowledged, before or after, and no plug is left on', async () => {
        const before = (await service.post('/api/instance')).body.instance.id
        lose()
        const after = await startAnyhow()
        const listed = (await service.get('/api/instances?state=running')).body.instances.map(({ id }: { id: string }) => id)
        assert.deepEqual(listed.sort(), [before, after].sort())
        await restart()
        assert.deepEqual((await status()).runningInstances.sort(), [before, after].sort())
        for (const id of [before, after]) assert.equal((await service.put(`/api/instance/${id}`)).status, 200)
        await service.relay(false)
    })

    it('takes no halt with it, also when nobody asks for anything before the end', async () => {
        assert.equal((await service.post('/api/emergency-stop')).status, 200)
        lose()
        await service.until(async () => readdirSync(service.red.userDir).includes('socketworks.sqlite'))
        await service.until(async () => (await service.get('/api/instances')).status === 200)
        await restart()
        assert.equal((await status()).isEmergencyStopped, true)
        assert.equal((await service.post('/api/instance')).status, 409)
    })

    it('takes no halt with it where it is emptied instead', async () => {
        const { id } = (await service.post('/api/instance')).body.instance
        truncateSync(file('socketworks.sqlite'))
        await service.until(async () => (await service.post('/api/emergency-stop')).status === 200)
        await restart()
        assert.deepEqual([(await status()).isEmergencyStopped, (await status()).runningInstances], [true, []], id)
        await service.relay(false)
    })

    it('is not taken for "not halted, nobody runs": what cannot be read is answered with 503', async () => {
        assert.equal((await service.post('/api/emergency-stop')).status, 200)
        await service.red.stop()
        renameSync(file('socketworks.sqlite'), file('away'))
        writeFileSync(file('socketworks.sqlite'), 'this is no database')
        await service.again()
        for (const path of ['/api/server/status', '/api/instances', '/api/instance/x', '/api/download'])
            assert.equal((await service.get(path)).status, 503, path)
        renameSync(file('away'), file('socketworks.sqlite'))
        await service.until(async () => (await service.get('/api/server/status')).status === 200, 40_000)
        assert.equal((await status()).isEmergencyStopped, true)
    })
})

describe('A plug that goes on and off thousands of times, and reports without end', function () {
    this.timeout(60_000)
    let service: Service
    before(async () => {
        service = await Service.start({ env: { ...HEAP } })
    })
    after(() => service.close())
    const count = (table: string) => {
        const db = new DatabaseSync(join(service.red.userDir, 'socketworks.sqlite'), { readOnly: true })
        const rows = Number(db.prepare(`select count(*) as rows from ${table}`).get()!.rows)
        db.close()
        return rows
    }

    const events = () => {
        const db = new DatabaseSync(join(service.red.userDir, 'socketworks.sqlite'), { readOnly: true })
        const rows = db.prepare('select kind, owner from power_events order by seq').all()
        db.close()
        return rows
    }

    it('leaves few rows, and its last state is known after a restart', async () => {
        const { id } = (await service.post('/api/instance')).body.instance
        assert.equal((await service.put(`/api/instance/${id}`)).status, 200)
        const sensor = JSON.stringify({ Time: '2026-01-01T00:00:00', ENERGY: { Today: 1, Total: 2, Power: 3, Voltage: 230 } })
        const broker = await connectAsync(service.mqtt.url)
        for (let i = 0; i < 10_000; i++) {
            service.plug.press()
            broker.publish('tele/smart-socket/SENSOR', sensor)
            if (i % 100 === 99) await setTimeout(20)
        }
        service.plug.press()
        await broker.endAsync()
        // It was on in between as well: that it has gone is heard after its last press.
        await service.plug.close()
        await service.until(async () => !(await service.get('/api/server/status')).body.reachable)
        // What is last may wait to be written for as long as the machine takes.
        await eventually(async () => {
            const before = JSON.stringify(events())
            await setTimeout(500)
            return before === JSON.stringify(events()) && events().at(-1)?.kind === 'on'
        })
        await service.red.stop()
        assert.ok(count('power_events') < 60, String(count('power_events')))
        assert.ok(count('samples') < 1000, String(count('samples')))
        assert.equal(events().at(-1)!.kind, 'on')
        assert.ok(events().some(({ owner }) => owner === id))
    })
})

describe('A database file where none can be', function () {
    this.timeout(60_000)

    it('is told by its path, and Node-RED answers', async () => {
        const flows = (await example('smart-socket-service')).map((node) =>
            'type' in node && node.type === 'socketworks-store-config' ? { ...node, file: '/proc/nowhere/store.sqlite' } : node,
        )
        const red = await startNodeRed({ flows, env: { ...HEAP } })
        try {
            await red.waitFor('cannot write /proc/nowhere: there is no such directory')
            await lives(red)
            assert.equal((await fetch(`${red.url}/api/server/status`)).status, 503)
        } finally {
            await red.stop()
        }
    })
})

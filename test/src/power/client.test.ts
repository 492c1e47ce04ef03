import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { LocalBus } from '../../../src/bus/index.ts'
import { Refusal } from '../../../src/lib/index.ts'
import { SocketClient, type SocketEvent, serveSocket } from '../../../src/power/index.ts'
import { Bench, next, type Process, until } from '../../support/bench.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { refused } from '../../support/refused.ts'

/** Longer than anything is held for a client that is not heard of. */
const LONG = 61_000

async function whole(file: AsyncIterable<string>) {
    let text = ''
    for await (const piece of file) text += piece
    return JSON.parse(text)
}

describe('a socket spoken to over the bus', () => {
    let [bench, run] = [] as unknown as [Bench, Process]
    let [clock, bus, serving, living] = [] as unknown as [FakeClock, LocalBus, AbortController, AbortController]
    const serve = () => serveSocket(run.socket, bus, clock, serving.signal)
    const client = () => new SocketClient({ id: 's1', name: 'heater', bus, clock, newId: randomUUID, signal: living.signal })
    beforeEach(async () => {
        bench = await Bench.open({ interval: 0, confirm: 500 })
        run = await bench.start()
        clock = new FakeClock()
        bus = new LocalBus({ clock, log: (text) => assert.fail(text) })
        serving = new AbortController()
        living = new AbortController()
    })
    afterEach(async () => {
        living.abort()
        serving.abort()
        await bench.close()
    })

    it('does what it is asked to, and gives what it has', async () => {
        serve()
        const socket = client()
        const { id } = await socket.start(60_000)
        assert.deepEqual((await socket.status()).runningInstances, [id])
        assert.deepEqual(await socket.get(id), await run.socket.records.get(id))
        assert.deepEqual(await socket.list({ limit: 10, state: undefined }), await run.socket.records.list({ limit: 10 }))
        assert.deepEqual(await socket.download(), await run.socket.records.download())
        const stopped = await socket.stop(id)
        assert.deepEqual(stopped, await run.socket.records.get(id))
        await socket.delete(id)
        assert.deepEqual(await socket.list({ limit: 10 }), [])
        const other = await socket.start()
        await socket.end(other.id)
        await until(socket, () => socket.view.running === 0)
        await socket.start()
        const { stoppedInstances } = await socket.emergencyStop()
        assert.equal(stoppedInstances.length, 1)
        await socket.recover()
        assert.equal((await socket.status()).isEmergencyStopped, false)
    })

    it('hands on its refusals with all their details', async () => {
        serve()
        const socket = client()
        await assert.rejects(socket.stop('nobody'), refused(404, 'NOT_FOUND'))
        bench.plug.fault = 'silent'
        const error: unknown = await socket.start().catch((error: unknown) => error)
        assert.ok(error instanceof Refusal)
        assert.deepEqual([error.status, error.code, typeof error.details.instanceId], [500, 'NOT_CONFIRMED', 'string'])
        await socket.emergencyStop().catch(() => {})
        await assert.rejects(socket.start(), refused(409, 'EMERGENCY_STOPPED'))
    })

    it('shows how it is to whoever comes before it and to whoever comes after', async () => {
        const early = client()
        assert.equal(early.view.power, 'unknown')
        serve()
        assert.deepEqual([early.view.power, early.view.running], ['off', 0])
        const late = client()
        assert.equal(late.view.power, 'unknown')
        await late.status()
        assert.equal(late.view.power, 'off')
        const { id } = await late.start()
        await until(early, () => early.view.running === 1)
        await early.stop(id)
        await until(late, () => late.view.power === 'off')
        assert.deepEqual(early.view, late.view)
    })

    it('tells what happens, in order, until somebody has heard enough', async () => {
        serve()
        const socket = client()
        const [heard, told]: SocketEvent[][] = [[], []]
        const enough = new AbortController()
        socket.onEvent((event) => heard!.push(event), enough.signal)
        run.socket.events.onEvent((event) => told!.push(event), enough.signal)
        const started = next(socket, 'started')
        const { id } = await socket.start()
        await started
        const stopped = next(socket, 'stopped')
        await socket.stop(id)
        await stopped
        assert.ok(heard!.some(({ kind }) => kind === 'off'))
        assert.deepEqual(heard, told)
        enough.abort()
        const { length } = heard!
        await socket.start()
        assert.equal(heard!.length, length)
    })

    it('gives its file piece by piece, whole', async () => {
        serve()
        const socket = client()
        await socket.start()
        const [here, there] = [await whole(socket.file()), await whole(run.socket.records.file())]
        assert.deepEqual(Object.keys(here.instances), Object.keys(there.instances))
    })

    it('gives up a file that nobody reads on, and lets nobody read on then', async () => {
        serve()
        const socket = client()
        const [left, forgotten] = [socket.file(), socket.file()]
        await left.next()
        await assert.rejects(forgotten.next(), refused(429, 'TOO_MANY_READS'))
        await left.return(undefined)
        const abandoned = socket.file()
        await abandoned.next()
        await assert.rejects(socket.file().next(), refused(429, 'TOO_MANY_READS'))
        await clock.advanceAsync(LONG)
        await whole(socket.file())
        await assert.rejects(abandoned.next(), /given up/)
    })

    it('is read as often as somebody wants, and no longer', async () => {
        serve()
        const paces = new Map<AbortSignal, number>()
        run.socket.readEvery = (pace, signal) => {
            paces.set(signal, pace)
            signal.addEventListener('abort', () => paces.delete(signal))
        }
        const wanting = new AbortController()
        client().readEvery(500, wanting.signal)
        await clock.advanceAsync(10 * LONG)
        assert.deepEqual([...paces.values()], [500])
        wanting.abort()
        await clock.advanceAsync(0)
        assert.equal(paces.size, 0)
        // Somebody whose process has ended wants nothing any more.
        bus.publish('sockets/s1/pace', { client: 'dead', pace: 700 })
        assert.deepEqual([...paces.values()], [700])
        await clock.advanceAsync(LONG)
        assert.equal(paces.size, 0)
    })

    it('refuses to wait for ever for what needs no plug and no store', async () => {
        bus.respond('sockets/s1/status', () => new Promise(() => {}), serving.signal)
        const late = assert.rejects(client().status(), refused(504, 'NO_ANSWER'))
        await clock.advanceAsync(30_000)
        await late
    })

    it('ends what is under way with its own reason when it is closed, and is not there after that', async () => {
        serve()
        const socket = client()
        bench.plug.fault = 'silent'
        const waiting = assert.rejects(socket.start(), refused(503, 'SOCKET_RESTARTING'))
        await bench.relay(true)
        serving.abort()
        await run.end(new Refusal(503, 'SOCKET_RESTARTING', 'the socket is being deployed anew'))
        await waiting
        await assert.rejects(socket.start(), refused(503, 'NO_RESPONDER'))
        await assert.rejects(socket.status(), refused(503, 'NO_RESPONDER'))
    })
})

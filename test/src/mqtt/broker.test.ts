import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { promisify } from 'node:util'
import { connectAsync } from 'mqtt'
import { freePort } from '../../../scripts/free-port.ts'
import { Refusal, systemClock } from '../../../src/lib/index.ts'
import { type Broker, type BrokerOptions, connectBroker, type Message } from '../../../src/mqtt/index.ts'
import { startAedes, type TestBroker } from '../../support/broker.ts'
import { stopwatch } from '../../support/stopwatch.ts'

describe('a broker connection', () => {
    let server: TestBroker
    let broker: Broker
    let ended: AbortController
    const logged: string[] = []

    const open = (options: Partial<BrokerOptions> = {}, retry?: (ms: number, run: () => void) => unknown) => {
        const defaults = { protocol: 'mqtt', host: '127.0.0.1', port: server.port, path: '', clientId: '', version: '3.1.1' } as const
        const after = (ms: number, run: () => void) => {
            retry?.(ms, run)
            return () => {}
        }
        const machine = retry && { clock: { ...systemClock, after }, token: () => 'test' }
        broker = connectBroker({ ...defaults, log: (text) => logged.push(text), ...options }, machine)
    }
    const reaches = (state: Broker['state']) =>
        new Promise<void>((resolve) => {
            if (broker.state === state) resolve()
            else broker.onState((now) => now === state && resolve(), ended.signal)
        })
    /** Everything that comes, as `topic=payload`, and a wait for a number of messages. */
    const listen = (...filters: string[]) => {
        const got: string[] = []
        const waiting: (() => void)[] = []
        broker.subscribe(
            filters,
            ({ topic, payload }) => {
                got.push(`${topic}=${payload}`)
                for (const check of waiting) check()
            },
            ended.signal,
        )
        const reach = (n: number) =>
            new Promise<void>((resolve) => {
                const check = () => got.length >= n && resolve()
                waiting.push(check)
                check()
            })
        return { got, reach }
    }
    /** What was sent before this has arrived after this. */
    const flush = async () => {
        const { reach } = listen('flush')
        await broker.subscribed(ended.signal)
        broker.publish('flush', '')
        await reach(1)
    }

    beforeEach(async () => {
        server = await startAedes()
        ended = new AbortController()
        logged.length = 0
    })
    afterEach(async () => {
        ended.abort()
        await broker.close()
        await server.close()
    })

    it('gives a message once after the broker was restarted, and after many lost connections', async () => {
        open()
        const { got, reach } = listen('a/b')
        await reaches('connected')
        await server.restart()
        await reaches('disconnected')
        await reaches('connected')
        broker.publish('a/b', 'after')
        await reach(1)
        for (let i = 0; i < 2; i++) {
            server.kickAll()
            await reaches('disconnected')
            assert.match(broker.reason ?? '', /closed the connection|broke/)
            await reaches('connected')
        }
        broker.publish('a/b', 'last')
        await reach(2)
        await flush()
        assert.deepEqual(got, ['a/b=after', 'a/b=last'])
    })

    it('refuses to publish while it is offline, and sends nothing later', async () => {
        open()
        const { got } = listen('a')
        await reaches('connected')
        await server.stop()
        await reaches('disconnected')
        assert.throws(
            () => broker.publish('a', 'lost'),
            (error) => error instanceof Refusal && error.status === 500 && error.code === 'BROKER_OFFLINE',
        )
        await server.start()
        await reaches('connected')
        await flush()
        assert.deepEqual(got, [])
    })

    it('connects once the broker is there, saying until then why not', async () => {
        await server.stop()
        open()
        assert.equal(broker.state, 'connecting')
        assert.throws(() => broker.publish('a', ''), Refusal)
        await reaches('disconnected')
        assert.equal(broker.reason, `nothing answers at 127.0.0.1:${server.port}`)
        const { reach } = listen('a')
        await server.start()
        await reaches('connected')
        assert.equal(broker.reason, undefined)
        broker.publish('a', '1')
        await reach(1)
    })

    it('gives each listener each message once, however the filters overlap', async () => {
        open()
        const all = [listen('a/b', 'a/+', '#'), listen('a/b'), listen('a/b'), listen('a/#', 'c')]
        await broker.subscribed(ended.signal)
        broker.publish('a/b', '1')
        broker.publish('a/b', '1')
        await flush()
        for (const { got } of all.slice(1)) assert.deepEqual(got, ['a/b=1', 'a/b=1'])
        assert.deepEqual(all[0]!.got.slice(0, 2), ['a/b=1', 'a/b=1'])
    })

    it('keeps a filter for those who stay when another listener goes, also the wide one of two', async () => {
        open()
        const wide = new AbortController()
        const narrow = listen('a/b')
        broker.subscribe(['a/+'], () => {}, wide.signal)
        await broker.subscribed(ended.signal)
        wide.abort()
        await broker.subscribed(ended.signal)
        broker.publish('a/b', '1')
        broker.publish('a/c', '2')
        await flush()
        assert.deepEqual(narrow.got, ['a/b=1'])
    })

    it('gives a late listener what the broker retained, and nobody else again', async () => {
        const other = await connectAsync(server.url)
        await other.publishAsync('plug/LWT', 'Online', { retain: true, qos: 1 })
        await other.endAsync()
        open()
        const first = listen('plug/LWT')
        await first.reach(1)
        const messages: Message[] = []
        broker.subscribe(['plug/LWT'], (message) => messages.push(message), ended.signal)
        const third = listen('plug/+')
        await third.reach(1)
        await flush()
        assert.deepEqual(
            messages.map(({ topic, retained }) => ({ topic, retained })),
            [{ topic: 'plug/LWT', retained: true }],
        )
        assert.equal(first.got.length, 1)
        server.kickAll()
        await reaches('disconnected')
        await reaches('connected')
        await first.reach(2)
    })

    it('hears no more once the signal aborted', async () => {
        open()
        const mine = new AbortController()
        const got: Message[] = []
        broker.subscribe(['a'], (message) => got.push(message), mine.signal)
        await broker.subscribed(ended.signal)
        mine.abort()
        broker.publish('a', '1')
        await flush()
        assert.deepEqual(got, [])
    })

    it('does not let one listener that throws hurt another', async () => {
        open()
        const fail = () => {
            throw new Error('mine')
        }
        broker.onState(fail, ended.signal)
        broker.subscribe(['a'], fail, ended.signal)
        const { got } = listen('a')
        await reaches('connected')
        broker.publish('a', '1')
        await flush()
        assert.deepEqual(got, ['a=1'])
        assert.equal(logged.length, 2)
        assert.match(logged[1]!, /a listener failed on a message of a: Error: mine/)
    })

    it('rejects what is no filter at once', () => {
        open()
        assert.throws(() => broker.subscribe(['a/#/b'], () => {}, ended.signal), /"a\/#\/b" is not an MQTT topic filter/)
        const long = `${'ä'.repeat(32_768)}/+`
        assert.throws(
            () => broker.subscribe([long], () => {}, ended.signal),
            /^TypeError: a topic of 65538 bytes, MQTT allows 65535: "ä{100}…"$/,
        )
    })

    it('refuses to publish what no broker takes', () => {
        open()
        for (const topic of ['a/+', 'ä'.repeat(32_768)])
            assert.throws(() => broker.publish(topic, ''), /^Refusal: (a topic of 65536 bytes|"a\/\+" is not the topic of an MQTT message)/)
    })

    it('has its last will published when it is lost, but not when it is closed', async () => {
        const other = await connectAsync(server.url)
        const will = (payload: string) => ({ topic: 'gone', payload, qos: 0 as const, retain: false })
        open({ will: will('closed') })
        await reaches('connected')
        await broker.close()
        open({ will: will('lost'), clientId: 'taken-over' })
        await reaches('connected')
        await other.subscribeAsync('gone')
        const told = new Promise((resolve) => other.once('message', (_topic, payload) => resolve(payload.toString())))
        const thief = await connectAsync(server.url, { clientId: 'taken-over', reconnectPeriod: 0 })
        assert.equal(await told, 'lost')
        await Promise.all([thief.endAsync(), other.endAsync()])
    })

    it('closes within a second while the other end says nothing', async () => {
        const mute = createServer().listen(0, '127.0.0.1')
        await once(mute, 'listening')
        open({ port: (mute.address() as { port: number }).port })
        const [socket] = await once(mute, 'connection')
        const took = stopwatch()
        await broker.close()
        assert.ok(took() < 1000)
        socket.destroy()
        mute.close()
    })

    it('closes within a second while the broker has stopped answering', async () => {
        const connack = Buffer.from([0x20, 2, 0, 0])
        const sockets: Socket[] = []
        const hung = createServer({ allowHalfOpen: true }, (socket) => {
            sockets.push(socket.on('error', () => {}))
            socket.once('data', () => socket.write(connack))
        }).listen(0, '127.0.0.1')
        await once(hung, 'listening')
        open({ port: (hung.address() as { port: number }).port })
        await reaches('connected')
        const took = stopwatch()
        await Promise.all([broker.close(), broker.close()])
        assert.ok(took() < 1000)
        for (const socket of sockets) socket.destroy()
        hung.close()
        assert.throws(() => broker.publish('a', ''), Refusal)
    })

    it('tries again after 1 s, then twice as long each time, up to 30 s', async () => {
        const delays: number[] = []
        const { promise: tried, resolve: enough } = Promise.withResolvers<void>()
        await server.stop()
        open({}, (ms, run) => {
            delays.push(ms)
            if (delays.length < 7) setImmediate(run)
            else enough()
        })
        await tried
        assert.deepEqual(delays, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
    })

    it('has one connection and gives a message once after twenty lost connections', async () => {
        open({}, (ms, run) => ms === 1000 && setImmediate(run))
        const { got } = listen('a')
        await reaches('connected')
        for (let i = 0; i < 20; i++) {
            server.kickAll()
            await reaches('disconnected')
            await reaches('connected')
        }
        broker.publish('a', '1')
        await flush()
        assert.deepEqual(got, ['a=1'])
        assert.equal(server.connectionCount, 1)
    })

    it('lets the process end, whether it was connected or not', async () => {
        open()
        const script = `
            import { connectBroker } from './src/mqtt/index.ts'
            const options = { protocol: 'mqtt', host: '127.0.0.1', path: '', clientId: '', version: '3.1.1', log() {} }
            const there = connectBroker({ ...options, port: ${server.port} })
            const away = connectBroker({ ...options, port: ${await freePort()} })
            there.onState((state) => state === 'connected' && Promise.all([there.close(), away.close()]), new AbortController().signal)`
        await promisify(execFile)(process.execPath, ['--input-type=module-typescript', '-e', script], { timeout: 10_000 })
    })
})

import assert from 'node:assert/strict'
import { once } from 'node:events'
import websocket, { type connection, type IClientConfig, type Message } from 'websocket'
import { FleetObserver, readTold, update } from '../support/fleet-observer.ts'

/** A client of the package `websocket`, which shares no code with the server, and what it hears. */
class OtherClient {
    readonly connection: connection
    readonly heard: Message[] = []

    constructor(made: connection) {
        this.connection = made
        made.on('message', (message) => {
            this.heard.push(message)
            made.emit('remembered')
        })
    }

    static open(url: string, config: IClientConfig = {}): Promise<OtherClient> {
        const client = new websocket.client(config)
        return new Promise((resolve, reject) => {
            // Listened to at once: the first frame may have come together with the handshake.
            client.on('connect', (made) => resolve(new OtherClient(made)))
            client.on('connectFailed', reject)
            client.connect(url)
        })
    }

    /** The first frame, from the given one on, of which it holds; each has to be text. */
    async until(holds: (frame: any) => boolean, from = 0): Promise<any> {
        const signal = AbortSignal.timeout(30_000)
        for (let at = from; ; at++) {
            while (at >= this.heard.length) await once(this.connection, 'remembered', { signal })
            const message = this.heard[at]!
            assert.equal(message.type, 'utf8')
            const frame: unknown = JSON.parse((message as { utf8Data: string }).utf8Data)
            if (holds(frame)) return frame
        }
    }

    closing(): Promise<unknown[]> {
        return once(this.connection, 'close', { signal: AbortSignal.timeout(30_000) })
    }
}

describe('fleet-observer.json, to a client of another make', () => {
    let o: FleetObserver
    const clients: OtherClient[] = []
    const open = async (path: string, config?: IClientConfig) => {
        const client = await OtherClient.open(o.url(path), config)
        clients.push(client)
        return client
    }
    const isInit = ({ type }: { type: string }) => type === 'INIT'
    const isAnswer = (header: string, answer: string) => (frame: { message: unknown }) => frame.message === `${header}:${answer}`
    const serials = ({ message }: { message: { serial_number: string }[] }) => message.map((row) => row.serial_number)

    before(async () => {
        o = await FleetObserver.start()
        const device = await OtherClient.open(o.url('/update/'))
        for (const serial of ['0001', '0002', '0003']) {
            device.connection.sendUTF(JSON.stringify(update('0000', serial, { level: Number(serial), place: 'Köln 🏭' })))
            await device.until(isAnswer(`0000:${serial}`, 'OK'))
        }
        device.connection.drop()
    })
    afterEach(() => {
        for (const { connection } of clients.splice(0)) connection.drop()
    })
    after(() => o.stop())

    it('is greeted, shown the table, and what it asks for, in text or binary', async () => {
        const viewer = await open('/client/')
        assert.match((await viewer.until(() => true)).message, /ClientConsumer: groups \['broadcast'\]$/)
        assert.equal(serials(await viewer.until(isInit)).length, 3)
        const asked = JSON.stringify({ type: 'FILT', message: ['filter:place:=:köln 🏭', 'sort:level:>:123'] })
        viewer.connection.sendUTF(asked)
        assert.deepEqual(serials(await viewer.until(isInit, 2)), ['0003', '0002', '0001'])
        viewer.connection.sendBytes(Buffer.from(asked.replace('>', '<')))
        assert.deepEqual(serials(await viewer.until(isInit, 3)), ['0001', '0002', '0003'])
        viewer.connection.sendBytes(Buffer.from('{"type":"FILT","message":["wrong ✗"]}'))
        assert.match((await viewer.until(() => true, 4)).message, /^ERROR: "wrong ✗" is neither/)
    })

    it('asks and reports in fragments, with pings in between that are answered', async () => {
        const fragments = { fragmentOutgoingMessages: true, fragmentationThreshold: 7 }
        const [viewer, device] = [await open('/client/', fragments), await open('/update/', fragments)]
        await viewer.until(isInit)
        for (const client of [viewer, device]) {
            const pong = once(client.connection, 'pong', { signal: AbortSignal.timeout(30_000) })
            if (client === viewer) client.connection.sendUTF('{"type":"FILT","message":["filter:serial_number:==:0002"]}')
            else client.connection.sendUTF(JSON.stringify(update('0001', '0002', { level: 22, place: 'Köln 🏭, in Stücken' })))
            client.connection.ping(Buffer.from('noch da?'))
            assert.equal(String((await pong)[0]), 'noch da?')
        }
        await device.until(isAnswer('0001:0002', 'OK'))
        assert.deepEqual(serials(await viewer.until(isInit, 2)), ['0002'])
        device.connection.sendBytes(Buffer.from("0002:0002:{'level': 23}"))
        await device.until(isAnswer('0002:0002', 'OK'))
        const isLevel = (frame: object) => readTold(frame)?.set.level === 23
        await viewer.until(isLevel, 2)
    })

    it('goes with its own code, or is sent away with the one that says why', async () => {
        for (const path of ['/client/', '/update/']) {
            const leaving = await open(path)
            await leaving.until(() => true)
            const left = leaving.closing()
            leaving.connection.close(4000, 'Tschüß')
            assert.deepEqual(await left, [4000, 'Tschüß'])
            // All fragments together are too large, none of them alone.
            const large = await open(path, { fragmentOutgoingMessages: true, fragmentationThreshold: 10_000 })
            const tooLarge = large.closing()
            large.connection.sendUTF(`{"type":"FILT","message":["filter:place:=:${'x'.repeat(70_000)}"]}`)
            assert.equal((await tooLarge)[0], 1009)
            const broken = await open(path)
            const noText = broken.closing()
            broken.connection.sendBytes(Buffer.from([0x7b, 0xc3, 0x28, 0x7d]))
            assert.deepEqual(await noText, [1007, 'not UTF-8'])
        }
        const viewer = await open('/client/')
        assert.equal(serials(await viewer.until(isInit)).length, 3)
    })

    it('is told that the server goes', async () => {
        const own = await FleetObserver.start()
        const [viewer, device] = [await OtherClient.open(own.url('/client/')), await OtherClient.open(own.url('/update/'))]
        const gone = [viewer.closing(), device.closing()]
        await own.stop()
        for (const closed of gone) assert.deepEqual(await closed, [1012, 'restarting'])
    })
})

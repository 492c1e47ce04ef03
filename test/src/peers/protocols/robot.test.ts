import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { WebSocket } from 'ws'
import { protocols, Sessions } from '../../../../src/peers/index.ts'
import type { Peer, WsEndpoint } from '../../../../src/ws/index.ts'
import { Port } from '../../../support/endpoint.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import { Opened } from '../../../support/session.ts'

const { robot } = protocols
/** As in the seed. */
const METADATA = { robotName: 'LAPTOP-TAUNF8FD', robotAddress: '001AFFDB45C2', userID: 4 }
const PACKAGE = { package_name: 'package-x74s-eg', path: 'cloudinary/studioPackages/pkg1-x74s.std' }
const ATTEMPT = { jobId: 'j1', attempt: 2, fence: 7 }

describe('the protocol robot', () => {
    function introduced(more: object = {}): Opened {
        const opened = new Opened(robot)
        opened.taken(JSON.stringify({ ...METADATA, ...more }))
        return opened
    }
    const answered = (opened: Opened, frame: unknown): string => {
        const { answer = '' } = opened.refusal(typeof frame === 'string' ? frame : JSON.stringify(frame))
        const { event, value } = JSON.parse(answer)
        assert.equal(event, 'error')
        return value
    }

    it('takes the metadata of the seed for who a robot is, and sends it nothing for it', () => {
        const opened = new Opened(robot)
        assert.deepEqual(opened.taken(JSON.stringify(METADATA)), {
            id: METADATA.robotAddress,
            payload: { event: 'metadata', value: METADATA },
        })
        assert.deepEqual([opened.sent, opened.session.about], [[], METADATA])
        const renamed = { ...METADATA, robotName: 'other', running: [] }
        opened.taken(JSON.stringify(renamed))
        assert.deepEqual(opened.session.about, renamed)
    })

    it('sends the frame of the seed, and what an attempt is to be told by to robots that answer only', () => {
        const frame = { event: 'notification', value: PACKAGE }
        const plain = introduced().session
        assert.equal(plain.reply(ATTEMPT, 200, PACKAGE), JSON.stringify(frame))
        assert.equal(plain.encode(PACKAGE), JSON.stringify(frame))
        const { session } = introduced({ answers: true })
        assert.deepEqual(JSON.parse(session.reply(ATTEMPT, 200, PACKAGE)), { ...frame, ...ATTEMPT })
        assert.equal(session.reply('x', 200, 'text'), '{"event":"notification","value":"text"}')
        const cancel = { event: 'cancel', jobId: 'j1', fence: 7 }
        assert.equal(session.encode(cancel), JSON.stringify(cancel))
        assert.equal(session.reply(undefined, 403, { message: 'no' }), '{"event":"error","value":"no"}')
    })

    it('passes on what a robot says', () => {
        const opened = introduced()
        const said = { event: 'client robot message', value: 'Message sent by Robot indicating success or failure' }
        assert.deepEqual(opened.taken(JSON.stringify(said)), { payload: said })
        assert.deepEqual(opened.taken("{'event': 'x', 'value': True}").payload, { event: 'x', value: true })
    })

    it('answers what is nothing of the kind, and goes on', () => {
        const opened = new Opened(robot)
        for (const frame of ['', 'hello', '[]', '7', 'null', '{"a":'.repeat(100), '{"__proto__":{},"robotAddress":"a"}'])
            assert.notEqual(answered(opened, frame), '', frame)
        assert.match(answered(opened, { event: 'client robot message', value: 'success' }), /first frame is the metadata/)
        for (const robotAddress of [null, '', ' ', 7, 'x'.repeat(257), 'a\0b', {}, []])
            assert.match(answered(opened, { ...METADATA, robotAddress }), /^robotAddress /, String(robotAddress))
        assert.match(answered(opened, { ...METADATA, robotName: 7 }), /robotName must be text/)
        opened.taken(JSON.stringify(METADATA))
        assert.match(answered(opened, { ...METADATA, robotAddress: 'another' }), /another connection/)
        for (const frame of [{}, { event: 7 }, { value: 'success' }]) assert.match(answered(opened, frame), /event must be text/)
        assert.deepEqual(opened.session.about, METADATA)
    })

    describe('over WebSockets', () => {
        let port: Port
        let endpoint: WsEndpoint
        let clock: FakeClock
        let told: [event: string, peer: Peer, ...more: unknown[]][]
        let logged: string[]
        let more = () => {}
        const closing = new AbortController()

        beforeEach(async () => {
            clock = new FakeClock(Date.now())
            told = []
            logged = []
            port = await Port.open()
            const log = (text: string) => logged.push(text)
            endpoint = port.endpoint({ clock, ...(robot.idWithin !== undefined && { idWithin: robot.idWithin }), log })
            const check = () => assert.fail('no token is checked')
            const { signal } = closing
            const tell = (...one: (typeof told)[number]) => {
                told.push(one)
                more()
            }
            const sessions = new Sessions({ endpoint, protocol: robot, check, log, signal })
            sessions.listen(
                {
                    connected: (peer) => tell('connected', peer, sessions.of(peer).about),
                    message: (peer, { payload }) => tell('message', peer, payload),
                    unreadable: (peer, reason) => tell('unreadable', peer, reason),
                    disconnected: (peer, code) => tell('disconnected', peer, code),
                },
                signal,
            )
        })
        afterEach(async () => {
            await port.close()
        })
        after(() => closing.abort())

        async function until(holds: () => boolean): Promise<void> {
            while (!holds())
                await new Promise<void>((resolve) => {
                    more = resolve
                })
        }
        async function come(metadata: object = METADATA): Promise<WebSocket> {
            const client = await port.connect()
            client.send(JSON.stringify(metadata))
            return client
        }
        const events = () => told.map(([event]) => event)

        it('counts a robot as connected once its metadata is known, and odd frames without sending it away', async () => {
            const client = await port.connect()
            client.send('what?')
            await until(() => told.length === 1)
            client.send(JSON.stringify(METADATA))
            await until(() => told.length === 3)
            assert.deepEqual(events(), ['unreadable', 'connected', 'message'])
            assert.deepEqual([told[1]![1].id, told[1]![2]], [METADATA.robotAddress, METADATA])
            assert.deepEqual([endpoint.state.unreadable, endpoint.state.connected], [1, 1])
        })

        it('sends away whoever does not say in time who it is', async () => {
            const mute = await port.connect()
            await come()
            await until(() => told.length === 2)
            clock.advance(9_999)
            assert.equal(endpoint.state.connected, 2)
            const gone = once(mute, 'close')
            clock.advance(1)
            assert.equal((await gone)[0], 4408)
            assert.equal(endpoint.find({ id: METADATA.robotAddress })[0]!.open, true)
        })

        it('has the newest of two connections of a robot stay, until they replace each other again and again', async () => {
            let stays = await come()
            await until(() => events().includes('message'))
            for (let i = 0; i < 5; i++) {
                const gone = once(stays, 'close')
                stays = await come()
                assert.equal((await gone)[0], 1000)
            }
            assert.equal((await once(await come(), 'close'))[0], 4409)
            assert.equal(logged.filter((text) => text.includes('two devices seem to have one identity')).length, 1)
            assert.equal(endpoint.find({ id: METADATA.robotAddress }).length, 1)
        })

        it('notices a connection that is only half there', async () => {
            const client = await come()
            await until(() => told.length === 2)
            client.pause()
            for (let i = 0; i < 3; i++) clock.advance(25_000)
            await until(() => events().includes('disconnected'))
            assert.equal(told.at(-1)![2], 1006)
            client.terminate()
        })
    })
})

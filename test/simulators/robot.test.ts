import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { type WebSocket, WebSocketServer } from 'ws'
import { type RobotOptions, SimulatedRobot } from '../../simulators/robot/robot.ts'
import { robot as protocol } from '../../src/peers/protocols/robot.ts'
import { Opened } from '../support/session.ts'

const PACKAGE = { package_name: 'package-x74s-eg', path: 'pkg1-x74s.std' }

/** A server that takes what robots say as the real one does. */
class Server {
    readonly wss = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    readonly heard: Record<string, any>[] = []
    socket!: WebSocket
    #session = new Opened(protocol)
    #more = () => {}

    constructor() {
        this.wss.on('connection', (socket) => {
            this.socket = socket
            this.#session = new Opened(protocol)
            socket.on('message', (data) => {
                this.heard.push(this.#session.taken(String(data)).payload)
                this.#more()
            })
        })
    }

    get url(): string {
        return `ws://127.0.0.1:${(this.wss.address() as AddressInfo).port}`
    }

    send(attempt: object): void {
        this.socket.send(this.#session.session.reply(attempt, 200, PACKAGE))
    }

    /** Resolves with what was heard since it was asked the last time, once it ends with such a frame. */
    async hears(isLast: (frame: Record<string, any>) => boolean): Promise<Record<string, any>[]> {
        while (!this.heard.some(isLast))
            await new Promise<void>((resolve) => {
                this.#more = resolve
            })
        return this.heard.splice(0, this.heard.findIndex(isLast) + 1)
    }
}

describe('the simulated robot', () => {
    let server: Server
    let robot: SimulatedRobot
    beforeEach(async () => {
        server = new Server()
        await once(server.wss, 'listening')
    })
    afterEach(async () => {
        robot?.stop()
        for (const client of server.wss.clients) client.terminate()
        await new Promise((resolve) => server.wss.close(resolve))
    })
    const is = (event: string) => (frame: Record<string, any>) => frame.event === event
    const ends = ({ state }: Record<string, any>) => ['succeeded', 'failed', 'cancelled'].includes(state)

    async function come(options: Partial<RobotOptions> = {}): Promise<Record<string, any>> {
        robot = new SimulatedRobot({
            ...{ url: server.url, robotName: 'r1', robotAddress: '001AFFDB45C2', userID: 4, answers: true, outcome: 'success', fail: 0 },
            ...{ takes: 4, late: 0, twice: false, stubborn: false, drop: 0, reconnect: 5, random: () => 0.5, ...options },
        })
        return (await server.hears(is('metadata'))).at(-1)!.value
    }

    it('says success or failure as one of the seed, and nothing else', async () => {
        assert.deepEqual(await come({ answers: false, twice: true }), { robotName: 'r1', robotAddress: '001AFFDB45C2', userID: 4 })
        server.send({ jobId: 'j', attempt: 1, fence: 1 })
        await server.hears(is('client robot message'))
        const [again] = await server.hears(is('client robot message'))
        assert.deepEqual(again, { event: 'client robot message', value: 'success: package-x74s-eg' })
    })

    it('tells how far it is, and what came of it', async () => {
        assert.deepEqual((await come({ outcome: 'failure' })).running, [])
        server.send({ jobId: 'j', attempt: 1, fence: 7 })
        const told = await server.hears(ends)
        assert.deepEqual(
            told.map(({ state, progress }) => [state, progress]),
            [['accepted', undefined], ...[25, 50, 75].map((progress) => ['running', progress]), ['failed', undefined]],
        )
        assert.ok(told.every(({ jobId, fence }) => jobId === 'j' && fence === 7))
        server.send({ jobId: 'j', attempt: 1, fence: 7 })
        assert.deepEqual(await server.hears(ends), told.slice(-1), 'does not do it again')
    })

    it('goes on while it is away, and says what it runs when it comes back', async () => {
        await come({ takes: 400 })
        server.send({ jobId: 'j', attempt: 1, fence: 7 })
        await server.hears(({ progress }) => progress === 25)
        robot.drop()
        const { running } = (await server.hears(is('metadata'))).at(-1)!.value
        assert.deepEqual(running, [{ jobId: 'j', fence: 7, progress: 25 }])
        server.send({ jobId: 'j', attempt: 1, fence: 7 })
        assert.equal((await server.hears(ends)).filter(({ state }) => state === 'accepted').length, 0)
    })

    it('stops when it is asked to with the fence that it knows', async () => {
        await come({ takes: 60_000 })
        server.send({ jobId: 'j', attempt: 1, fence: 7 })
        await server.hears(({ state }) => state === 'accepted')
        server.socket.send('{"event":"cancel","jobId":"j","fence":6}')
        server.socket.send('{"event":"cancel","jobId":"j","fence":7}')
        assert.deepEqual((await server.hears(ends)).at(-1)!.state, 'cancelled')
    })

    it('is a program that says what is wrong with its options', async () => {
        const run = promisify(execFile)
        const program = (...args: string[]) => run(process.execPath, ['simulators/robot.ts', ...args])
        assert.match((await program('--help')).stdout, /--outcome/)
        const { code, stderr } = await program('--outcome', 'perhaps').catch((error) => error)
        assert.deepEqual([code, /--outcome must be success, failure, nothing/.test(stderr)], [2, true])
        const nowhere = await program('--url', 'my-server').catch((error) => error)
        assert.deepEqual([nowhere.code, /^--url must be an address like ws:/.test(nowhere.stderr)], [2, true])
    })
})

import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { readArguments } from '../../simulators/fleet/arguments.ts'
import { Line } from '../../simulators/fleet/faults.ts'
import { Fleet, type FleetOptions } from '../../simulators/fleet/fleet.ts'
import { askAll } from '../../simulators/fleet/questions.ts'
import { numbers, values } from '../../simulators/fleet/shapes.ts'
import { UsageError } from '../../simulators/plug/arguments.ts'
import { smartOsDevice } from '../../src/devices/protocols/smart-os-device.ts'
import { Sequences } from '../../src/devices/sequence.ts'

interface Heard {
    id: string
    kind: string
    sequence: number
    set: Record<string, unknown>
}

/** A server that understands devices as the real one does, and answers OK. */
class Server {
    readonly heard: Heard[] = []
    readonly authorizations: (string | undefined)[] = []
    readonly sockets = new Map<string, WebSocket>()
    readonly #wss: WebSocketServer
    #more = () => {}

    constructor(port = 0) {
        this.#wss = new WebSocketServer({ port, host: '127.0.0.1', path: '/update/' })
        this.#wss.on('connection', (socket, request) => {
            this.authorizations.push(request.headers.authorization)
            socket.send(smartOsDevice.greeting!)
            socket.on('message', (data) => this.#take(socket, data.toString()))
        })
    }

    static async open(port = 0): Promise<Server> {
        const server = new Server(port)
        await once(server.#wss, 'listening')
        return server
    }

    get port(): number {
        return (this.#wss.address() as AddressInfo).port
    }

    get url(): string {
        return `ws://127.0.0.1:${this.port}/update/`
    }

    of(id: string): Heard[] {
        return this.heard.filter((one) => one.id === id)
    }

    async until(holds: () => boolean): Promise<void> {
        while (!holds())
            await new Promise<void>((resolve) => {
                this.#more = resolve
            })
    }

    async close(): Promise<void> {
        for (const client of this.#wss.clients) client.terminate()
        await new Promise((resolve) => this.#wss.close(resolve))
    }

    #take(socket: WebSocket, text: string): void {
        const said = smartOsDevice.read(text)
        if ('reason' in said) assert.fail(`${text}: ${said.reason}`)
        const { payload, reply } = said as { payload: Heard; reply: unknown }
        this.heard.push(payload)
        this.sockets.set(payload.id, socket)
        socket.send(smartOsDevice.answer(reply, payload.set.battery === 13 ? 422 : 200, {}))
        this.#more()
    }
}

describe('the simulated fleet', () => {
    let server: Server
    let fleet: Fleet | undefined
    beforeEach(async () => {
        server = await Server.open()
    })
    afterEach(async () => {
        await fleet?.stop()
        fleet = undefined
        await server.close()
    })

    const quick = { minInterval: 0.001, maxInterval: 0.003 }
    const start = (options: Partial<FleetOptions> = {}) => {
        fleet = Fleet.start({ url: server.url, ...quick, ...options })
        return fleet
    }

    it('sends an update first, then only what changes, with rising message ids, and hears the answers', async () => {
        const fleet = start({ devices: 3 })
        await server.until(() => ['0001', '0002', '0003'].every((id) => server.of(id).length >= 30))
        for (const id of ['0001', '0002', '0003']) {
            const [first, ...updates] = server.of(id)
            assert.deepEqual([first!.kind, first!.sequence], ['UPDT', 0])
            assert.equal(Object.keys(first!.set).length, 7)
            const known = new Map(Object.entries(first!.set))
            updates.forEach(({ kind, sequence, set }, n) => {
                assert.deepEqual([kind, sequence, Object.keys(set).length], ['UPDT', n + 1, 1])
                for (const [name, value] of Object.entries(set)) {
                    assert.notEqual(known.get(name), value)
                    known.set(name, value)
                }
            })
        }
        assert.ok(new Set(server.heard.map(({ set }) => set.country)).size > 1)
        while (fleet.counts.ok < 90) await once(fleet, 'answer')
        assert.equal(fleet.counts.error, 0)
    })

    it('can begin with all it has', async () => {
        start({ start: 'init', serialsFrom: 42 })
        await server.until(() => server.heard.length > 0)
        const [{ id, kind, set }] = server.heard as [Heard]
        assert.deepEqual([id, kind, set.local_time, set.solmate_version !== undefined], ['0042', 'INIT', null, true])
    })

    it('counts what is refused', async () => {
        const fleet = start()
        await fleet.connected()
        fleet.devices.get('0001')!.change({ battery: 13 })
        while (fleet.counts.error === 0) await once(fleet, 'answer')
    })

    it('shows its token', async () => {
        await start({ token: 'secret' }).connected()
        assert.deepEqual(server.authorizations, ['Bearer secret'])
    })

    it('does as it is told and says so, also what was so before', async () => {
        const fleet = start({ minInterval: 60, maxInterval: 60, devices: 2 })
        await server.until(() => server.sockets.size === 2)
        const told = once(fleet, 'told')
        for (let n = 1; n <= 2; n++) {
            server.sockets
                .get('0001')!
                .send('{"type":"UPDT","message":"0001:0001:{\\"country\\":\\"XX\\",\\"new\\":1,\\"serial_number\\":\\"9\\"}"}')
            await server.until(() => server.of('0001').length === 1 + n)
            assert.deepEqual(server.of('0001').at(-1)!.set, { country: 'XX', new: 1 })
        }
        assert.deepEqual(await told, ['0001', { country: 'XX', new: 1 }])
        assert.equal(fleet.devices.get('0001')!.parameters.get('country'), 'XX')
        assert.equal(server.of('0002').length, 1)
    })

    it('hears of other devices, and of nonsense without harm', async () => {
        const fleet = start({ minInterval: 60, maxInterval: 60 })
        await server.until(() => server.sockets.size === 1)
        const heard = once(fleet, 'heard')
        for (const text of [
            'x',
            '{}',
            '{"type":"UPDT"}',
            'null',
            '{"type":"UPDT","message":"1:2:3"}',
            '{"type":"UPDT","message":"0001:0002:x"}',
        ])
            server.sockets.get('0001')!.send(text)
        assert.deepEqual(await heard, ['0001', '0002', {}])
    })

    it('connects again when it is cut off, also while there is no server', async () => {
        const fleet = start({ reconnect: 20, devices: 2 })
        await fleet.connected()
        const { port } = server
        await server.close()
        await once(fleet, 'trouble')
        assert.equal(fleet.counts.connected, 0)
        server = await Server.open(port)
        await fleet.connected()
        await server.until(() => server.of('0001').length > 0)
        assert.ok(server.of('0001')[0]!.sequence > 0)
        const cut = once(fleet, 'disconnected')
        fleet.devices.get('0001')!.cut()
        await cut
        await fleet.connected()
    })

    it('loses, repeats and changes the order of messages as often as it is told to', async () => {
        const fleet = start({ faults: { drop: 0.1, duplicate: 0.1, reorder: 0.1 } })
        await server.until(() => server.heard.length >= 400)
        await fleet.stop()
        const sequences = new Sequences()
        let health = { gaps: 0, duplicates: 0, reordered: 0 }
        for (const { id, sequence } of server.heard) health = sequences.heard(id, sequence)
        for (const count of Object.values(health)) assert.ok(count > 10 && count < 80, JSON.stringify(health))
    })

    it('is a thousand devices in one process', async function () {
        this.timeout(30_000)
        const fleet = start({ devices: 1000, minInterval: 0.5, maxInterval: 1 })
        await fleet.connected()
        await server.until(() => new Set(server.heard.map(({ id }) => id)).size === 1000)
        await fleet.stop()
        assert.equal(fleet.counts.connected, 0)
    })

    it('stops at once while it cannot connect', async () => {
        const { url } = server
        await server.close()
        const fleet = Fleet.start({ url, devices: 5 })
        await once(fleet, 'trouble')
        await fleet.stop()
        server = await Server.open()
    })
})

describe('the values of the simulated fleet', () => {
    const take = (shape: 'random' | 'linear' | 'sine', max = 100) => {
        const next = values(shape, max, numbers(1))
        return Array.from({ length: 200 }, next)
    }
    const rises = (list: number[]) => list.filter((value, i) => i > 0 && value > list[i - 1]!).length

    for (const shape of ['random', 'linear', 'sine'] as const)
        it(`are whole numbers from 0 to the maximum, and use it (${shape})`, () => {
            const list = take(shape)
            assert.ok(list.every((value) => Number.isInteger(value) && value >= 0 && value <= 100))
            assert.ok(Math.min(...list) < 10 && Math.max(...list) > 90)
        })

    it('rise along a line, and half of the time along a wave', () => {
        assert.ok(rises(take('linear')) >= 185)
        assert.ok(Math.abs(rises(take('sine')) - 100) < 15)
    })
})

describe('a line with faults', () => {
    it('is perfect without', () => {
        const out: string[] = []
        const line = new Line({ drop: 0, duplicate: 0, reorder: 0 }, numbers(1), (text) => out.push(text))
        for (let n = 0; n < 100; n++) line.put(String(n))
        assert.deepEqual(
            out,
            Array.from({ length: 100 }, (_, n) => String(n)),
        )
    })

    it('changes places of neighbours only', () => {
        const out: number[] = []
        const line = new Line({ drop: 0, duplicate: 0, reorder: 1 }, numbers(1), (text) => out.push(Number(text)))
        for (let n = 0; n < 6; n++) line.put(String(n))
        assert.deepEqual(out, [1, 0, 3, 2, 5, 4])
    })
})

describe('the questions of the fleet program', () => {
    const answers = async (...given: string[]) => {
        const questions: string[] = []
        const result = await askAll((question) => {
            questions.push(question)
            return Promise.resolve(given.shift())
        })
        return { result, questions }
    }

    it('are those of SMART-OS', async () => {
        const { result, questions } = await answers('267', 'y', 'y', '500', '1', '5')
        assert.deepEqual(result, { devices: 267, shape: 'sine', max: 500, minInterval: 1, maxInterval: 5 })
        assert.match(questions[0]!, /^>>> Please Enter: How many SolMate instances\?/)
        assert.equal(questions.length, 6)
    })

    it('ask for a sine only when the behaviour is strict, and again after nonsense', async () => {
        const { result, questions } = await answers('none', '-1', '2', 'maybe', 'n', '10', '3', '2', '4')
        assert.deepEqual(result, { devices: 2, shape: 'random', max: 10, minInterval: 3, maxInterval: 4 })
        assert.equal(questions.length, 9)
        assert.equal((await answers('2', 'y', 'n', '10', '0', '0')).result?.shape, 'linear')
    })

    it('end when nobody answers', async () => assert.equal((await answers('2', 'y')).result, undefined))
})

describe('the arguments of the fleet program', () => {
    const read = (...args: string[]) => readArguments(args, {}, () => 0.5)

    it('have defaults', () => {
        const args = read()
        assert.ok(args !== 'help')
        assert.deepEqual([args.fleet.devices, args.fleet.serialsFrom, args.fleet.url], [10, 1, 'ws://127.0.0.1:1880/update/'])
    })

    it('take serial numbers that are hardly known, and faults with and without shares', () => {
        const args = read('--new', '--faults', 'drop=0.2,reorder')
        assert.ok(args !== 'help')
        assert.ok(args.fleet.serialsFrom! >= 10_000)
        assert.deepEqual(args.fleet.faults, { drop: 0.2, duplicate: 0, reorder: 0.05 })
    })

    for (const [args, message] of [
        ['--devices 0', /--devices must be a whole number from 1/],
        ['--devices many', /--devices/],
        ['--shape square', /--shape must be one of random, linear, sine/],
        ['--start now', /--start must be/],
        ['--url http://x/', /--url must be/],
        ['--min-interval 3 --max-interval 2', /--max-interval must be a number from 3/],
        ['--faults late', /--faults may be/],
        ['--faults drop=2', /--faults must be a number from 0 to 1/],
        ['--faults drop=0.6,duplicate=0.6', /more than 1/],
        ['--known --new', /exclude each other/],
        ['--colour red', /Unknown option/],
        ['more', /more/],
    ] as const)
        it(`refuse ${args}`, () =>
            assert.throws(
                () => read(...args.split(' ')),
                (error) => error instanceof UsageError && message.test(error.message),
            ))
})

describe('the fleet program', () => {
    let server: Server
    let child: ChildProcess | undefined
    beforeEach(async () => {
        server = await Server.open()
    })
    afterEach(async () => {
        child?.kill('SIGKILL')
        await server.close()
    })
    const program = 'simulators/fleet.ts'
    const run = (...args: string[]) =>
        new Promise<{ code: number; stdout: string; stderr: string }>((resolve) =>
            execFile(process.execPath, [program, ...args], { timeout: 10_000 }, (error, stdout, stderr) =>
                resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
            ),
        )

    it('explains itself', async () => {
        const { code, stdout } = await run('--help')
        assert.equal(code, 0)
        for (const word of ['--devices', '--shape', 'sine', '--faults', '--url']) assert.ok(stdout.includes(word), word)
        assert.ok(stdout.split('\n').every((line) => line.length <= 110))
    })

    it('says what is wrong with its options', async () => {
        const { code, stderr } = await run('--devices', '0')
        assert.equal(code, 2)
        assert.match(stderr, /--devices.*--help/s)
    })

    it('ends by itself after its duration, saying what it did', async () => {
        const { code, stdout } = await run('--url', server.url, '--devices', '5', '--duration', '0.5')
        assert.equal(code, 0)
        assert.match(stdout, /connected \d\/5 {2}sent [5-9]\d* {2}OK \d+ {2}ERROR 0/)
    })

    it('asks, and then does what it was told', async () => {
        child = spawn(process.execPath, [program, '--ask', '--url', server.url], { stdio: ['pipe', 'pipe', 'inherit'] })
        let printed = ''
        child.stdout!.on('data', (chunk) => {
            printed += chunk
        })
        child.stdin!.write('3\ny\ny\n50\n0\n1\n')
        await server.until(() => new Set(server.heard.map(({ id }) => id)).size === 3)
        assert.match(printed, /How many SolMate instances\?.*sinus curve behaviour\?.*maximum sleep time/s)
        const ended = once(child, 'close')
        child.kill('SIGTERM')
        assert.deepEqual(await ended, [0, null])
    })

    it('says once that there is no server, and goes on trying', async () => {
        const { port, url } = server
        await server.close()
        child = spawn(process.execPath, [program, '--quiet', '--devices', '1', '--url', url, '--reconnect', '0.05'], {
            stdio: ['ignore', 'pipe', 'pipe'],
        })
        let said = ''
        child.stderr!.on('data', (chunk) => {
            said += chunk
        })
        await once(child.stderr!, 'data')
        server = await Server.open(port)
        await server.until(() => server.sockets.size === 1)
        assert.equal(said.match(/still trying/g)?.length, 1)
    })
})

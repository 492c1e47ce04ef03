import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readArguments } from '../../simulators/fleet/arguments.ts'
import { Line } from '../../simulators/fleet/faults.ts'
import { askAll } from '../../simulators/fleet/questions.ts'
import { numbers, values } from '../../simulators/fleet/shapes.ts'
import { UsageError } from '../../simulators/plug/arguments.ts'
import { Server } from './device-server.ts'

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

import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { connectAsync, type MqttClient } from 'mqtt'
import { startAedes, type TestBroker } from '../support/broker.ts'
import { Ear } from './ear.ts'

describe('the simulated plug as a program', () => {
    let broker: TestBroker
    let client: MqttClient
    let ear: Ear

    beforeEach(async () => {
        broker = await startAedes()
        client = await connectAsync(broker.url)
        ear = new Ear(client)
        await client.subscribeAsync('#')
    })
    afterEach(async () => {
        await client.endAsync()
        await broker.close()
    })

    const program = 'simulators/plug.ts'
    const run = (...args: string[]) =>
        new Promise<{ code: number; stdout: string; stderr: string }>((resolve) =>
            execFile(process.execPath, [program, ...args], { timeout: 10_000 }, (error, stdout, stderr) =>
                resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
            ),
        )
    let child: ChildProcess | undefined
    afterEach(() => child?.kill('SIGKILL'))

    it('explains itself', async () => {
        const { code, stdout } = await run('--help')
        assert.equal(code, 0)
        for (const word of ['--topic', '--curve', 'washer', 'silent', 'MQTT_HOST']) assert.ok(stdout.includes(word), word)
        assert.ok(stdout.split('\n').every((line) => line.length <= 100))
    })

    for (const [args, message] of [
        [['--colour', 'red'], /Unknown option '--colour'/],
        [['extra'], /extra/],
        [['--relays', '0'], /--relays must be a whole number from 1 to 32, not "0"/],
        [['--speed', 'fast'], /--speed must be a number/],
        [['--fault', 'lazy'], /--fault must be one of silent, /],
        [['--curve', 'toaster'], /--curve must be one of idle, heater, belt, washer/],
        [['--topic', 'a/#'], /--topic must not/],
        [['--firmware', 'new'], /--firmware must be a version such as 13.3.0, not "new"/],
        [['--prefixes', 'cmnd,stat'], /--prefixes must be 3 words with a comma between/],
    ] as [string[], RegExp][])
        it(`refuses ${args.join(' ')}, saying where help is`, async () => {
            const { code, stderr } = await run(...args)
            assert.equal(code, 2)
            assert.match(stderr, message)
            assert.match(stderr, /--help/)
        })

    it('takes its broker from the environment, presses on p, prints events, and ends on SIGTERM', async () => {
        const env = { ...process.env, MQTT_HOST: '127.0.0.1', MQTT_PORT: String(broker.port), MQTT_TOPIC: 'smart-socket' }
        child = spawn(process.execPath, [program, '--name', 'Kettle'], { env, stdio: ['pipe', 'pipe', 'inherit'] })
        const printed: string[] = []
        createInterface({ input: child.stdout! }).on('line', (line) => printed.push(line))
        await ear.hears('stat/POWER OFF')
        child.stdin!.write('p\n')
        await ear.hears('stat/POWER ON')
        const ended = once(child, 'close')
        child.kill('SIGTERM')
        assert.deepEqual(await ended, [0, null])
        await ear.hears('tele/LWT Offline')
        assert.ok(printed.some((line) => line.endsWith('relay 1 on (button)')))
    })

    it('prints nothing when told to be quiet, and goes on without a standard input', async () => {
        child = spawn(process.execPath, [program, '--quiet', '--port', String(broker.port)], { stdio: ['ignore', 'pipe', 'inherit'] })
        let printed = ''
        child.stdout!.on('data', (chunk) => {
            printed += chunk
        })
        await ear.hears('tele/INFO3')
        ear.send('POWER', 'ON')
        await ear.hears('stat/POWER ON')
        const ended = once(child, 'close')
        child.kill('SIGINT')
        assert.deepEqual(await ended, [0, null])
        assert.equal(printed, '')
    })
})

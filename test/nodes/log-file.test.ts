import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NodeMessage } from 'node-red'
import helper from 'node-red-node-test-helper'
import logFile from '../../nodes/log-file/runtime.ts'
import { stopwatch } from '../support/stopwatch.ts'

type Message = Record<string, any>

describe('log-file', () => {
    let folder: string
    before(() => helper.startServer())
    after(() => helper.stopServer())
    beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), 'socketworks-log-file-'))
    })
    afterEach(async () => {
        await helper.unload()
        await rm(folder, { recursive: true })
    })

    const load = async (settings: object = {}) => {
        const wires = [['done'], ['refused']]
        const flow = [
            { id: 'tab', type: 'tab' },
            { id: 'log', z: 'tab', type: 'socketworks-log-file', file: join(folder, 'general.log'), ...settings, wires },
            { id: 'twin', z: 'tab', type: 'socketworks-log-file', file: join(folder, 'general.log'), ...settings, wires },
            { id: 'any-catch', z: 'tab', type: 'catch', scope: ['log'], wires: [['caught']] },
            { id: 'any-status', z: 'tab', type: 'status', scope: ['log'], wires: [['shown']] },
            ...['done', 'refused', 'caught', 'shown'].map((id) => ({ id, z: 'tab', type: 'helper' })),
        ]
        await helper.load([logFile] as never, flow as never)
    }
    const next = async (id: string): Promise<Message> => (await once(helper.getNode(id), 'input'))[0]
    const give = (msg: object, id = 'log') => helper.getNode(id).receive(msg as NodeMessage)
    const text = () => readFile(join(folder, 'general.log'), 'utf8')
    const shows = (fill: string) =>
        new Promise<void>((resolve) => helper.getNode('shown').on('input', (msg) => (msg as Message).status.fill === fill && resolve()))
    /** Resolves when this many messages have come out. */
    const count = (id: string, wanted: number) =>
        new Promise<void>((resolve) => {
            let seen = 0
            helper.getNode(id).on('input', () => ++seen === wanted && resolve())
        })

    it('has the line in the file before the message goes on, as it came', async () => {
        await load()
        const done = next('done')
        give({ payload: { a: 'b\nc' }, topic: 'kept', statusCode: 500 })
        const msg = await done
        assert.equal(await text(), '{"a":"b\\nc"}\n')
        assert.deepEqual([msg.payload, msg.topic, msg.statusCode], [{ a: 'b\nc' }, 'kept', 200])
    })

    it('puts the time before it if wanted', async () => {
        await load({ time: true })
        const done = next('done')
        const [before] = [new Date().toISOString(), give({ payload: 'a' })]
        await done
        const [time, line] = (await text()).split(' ')
        assert.equal(line, 'a\n')
        assert.ok(before <= time! && time! <= new Date().toISOString(), time)
    })

    it('writes what its setting says, a JSONata expression too', async () => {
        await load({ line: '$uppercase(topic) & " " & payload', lineType: 'jsonata' })
        const done = next('done')
        give({ payload: 'said', topic: 'who' })
        await done
        assert.equal(await text(), 'WHO said\n')
    })

    it('keeps the order of a flood through two nodes on one file', async () => {
        await load()
        const all = count('done', 1000)
        for (let n = 0; n < 1000; n++) give({ payload: n }, n % 2 ? 'log' : 'twin')
        await all
        assert.deepEqual(
            (await text()).trimEnd().split('\n').map(Number),
            Array.from({ length: 1000 }, (_, n) => n),
        )
    })

    it('writes daily files into a folder that it makes', async () => {
        await load({ by: 'day', file: join(folder, 'serverLogs', 'log.txt') })
        const done = next('done')
        give({ payload: 'x' })
        await done
        assert.match((await readdir(join(folder, 'serverLogs'))).join(), /^log-\d{4}-\d\d-\d\d\.txt$/)
    })

    it('refuses a message that has no line', async () => {
        await load()
        const refused = next('refused')
        give({ topic: 'empty' })
        const msg = await refused
        assert.deepEqual([msg.statusCode, msg.refusal.code, msg.topic], [422, 'BAD_INPUT', 'empty'])
    })

    it('refuses and turns red while the file cannot be written, and goes on by itself', async () => {
        await mkdir(join(folder, 'general.log'))
        await load()
        const shown = shows('red')
        const refused = next('refused')
        give({ payload: 'lost' })
        const msg = await refused
        assert.deepEqual([msg.statusCode, msg.refusal], [503, { code: 'LOG_UNAVAILABLE', payload: 'lost' }])
        assert.match(msg.payload.message, /is a directory/)
        await shown
        await rm(join(folder, 'general.log'), { recursive: true })
        const [green, done] = [shows('green'), next('done')]
        give({ payload: 'kept' })
        await done
        await green
        assert.equal(await text(), 'kept\n')
    })

    it('writes what it has taken when it is closed, within a second', async () => {
        await load()
        for (let n = 0; n < 500; n++) give({ payload: `line ${n}` })
        await new Promise((resolve) => setImmediate(resolve))
        const took = stopwatch()
        await helper.unload()
        assert.ok(took() < 1000)
        assert.equal((await text()).trimEnd().split('\n').length, 500)
    })

    for (const settings of [{ size: '10' }, { size: 'many' }, { keep: '-1' }, { by: 'week' }])
        it(`does not start with ${JSON.stringify(settings)}`, async () => {
            await load(settings)
            const caught = next('caught')
            give({ payload: 'x' })
            assert.match((await caught).error.message, new RegExp(Object.keys(settings)[0]!))
        })
})

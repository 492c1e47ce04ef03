import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import helper from 'node-red-node-test-helper'
import { Desk, type Message } from '../support/desk.ts'

const steps = [
    { type: 'set', value: 20 },
    { type: 'confirm', text: 'add hops' },
    { type: 'ramp', to: 30, duration: 7200 },
]

describe('profile', () => {
    const desk = new Desk()
    let folder: string
    before(async () => {
        folder = await mkdtemp(join(tmpdir(), 'socketworks-profile-'))
        await helper.startServer()
    })
    afterEach(() => desk.unload())
    after(async () => {
        await helper.stopServer()
        await rm(folder, { recursive: true })
    })

    let count: Record<string, number>
    const load = async (store?: object) => {
        count = {}
        await desk.load({ p: { type: 'profile' }, x: { type: 'profile', vessel: 'other' } }, store)
    }
    /** What comes out of a node for a message, by the output that it is expected at. */
    async function give(payload: object, output = 1, id = 'p'): Promise<Message> {
        const end = `${id}${output}`
        count[end] = (count[end] ?? 0) + 1
        desk.give(id, { payload, topic: 'kept' })
        const msg = (await desk.end(end).reaches(count[end]!)).at(-1)!
        assert.equal(msg.topic, 'kept', JSON.stringify(msg.payload))
        return msg
    }
    const news = () => desk.end('p3').messages.map(({ event, payload }) => `${event} ${payload.setPoint}`)

    it('plays what it is given, and does what each message says', async () => {
        await load()
        const begun = (await give({ action: 'start', profile: { name: 'ale', steps }, by: 'me' })).payload
        assert.deepEqual([begun.id, begun.status, begun.setPoint, begun.step, begun.steps], ['vessel', 'running', 20, 1, 3])
        await desk.shows(({ fill, text }) => fill === 'blue' && text === 'status.confirm')
        await give({ action: 'confirm' })
        await desk.shows(({ fill, text }) => fill === 'green' && text === 'status.next')
        const paused = (await give({ action: 'pause' })).payload
        assert.deepEqual([paused.status, paused.timeLeft, paused.next.value], ['paused', 7200, 30])
        const { list, curve } = (await give({ action: 'get' })).payload
        assert.deepEqual([list, curve.at(-1).value], [steps, 30])
        const edited = { steps: [...steps.slice(0, 2), { type: 'ramp', to: 25, duration: 60 }] }
        const { changes } = (await give({ action: 'preview', profile: edited })).payload
        assert.deepEqual(changes, [{ index: 2, before: steps[2], after: edited.steps[2] }])
        assert.equal((await give({ action: 'edit', profile: edited })).payload.version, 2)
        assert.deepEqual((await give({ action: 'skip' })).payload.status, 'ended')
        const { versions } = (await give({ action: 'versions' })).payload
        assert.deepEqual(
            versions.map((one: Message) => [one.version, one.by, one.profile.steps.length]),
            [
                [2, '', 3],
                [1, 'me', 3],
            ],
        )
        assert.deepEqual([...new Set(news())], ['step 20', 'set-point 20', 'paused 20', 'edited 20', 'step 25', 'set-point 25', 'ended 25'])
        assert.equal(desk.end('x3').messages.length, 0)
    })

    it('takes a message with nothing but a value as one of a sensor', async () => {
        await load()
        await give({ value: 12 })
        const hold = [
            { type: 'set', value: 20 },
            { type: 'hold', duration: 0, band: 1 },
            { type: 'set', value: 21 },
        ]
        await give({ action: 'start', profile: { steps: hold } })
        assert.equal((await give({ value: '19.5' })).payload.setPoint, 21)
    })

    it('checks a profile without playing it', async () => {
        await load()
        const profile = { name: 'ale', points: [{ at: '2026-07-01', value: 20 }] }
        assert.deepEqual((await give({ action: 'check', profile })).payload, profile)
        const { errors } = (await give({ action: 'check', profile: { points: [{ value: 200 }, 1] } }, 2)).payload
        assert.deepEqual(
            errors.map(({ path }: Message) => path),
            ['profile.points[0]', 'profile.points[0].value', 'profile.points[1]'],
        )
        await give({ action: 'get' }, 2)
    })

    it('refuses what is wrong or cannot be done, naming it', async () => {
        await load()
        const refused: [object, number, string, RegExp][] = [
            [{}, 422, 'BAD_INPUT', /^action must be action or/],
            [{ action: 'action' }, 422, 'BAD_INPUT', /^action must be/],
            [{ action: 'start' }, 422, 'BAD_INPUT', /^profile must be an object/],
            [
                { action: 'start', profile: { steps: [{ type: 'set', value: 151 }] } },
                422,
                'BAD_INPUT',
                /^profile\.steps\[0\]\.value must be from/,
            ],
            [{ action: 'pause' }, 404, 'NO_PROFILE', /start one/],
        ]
        for (const [payload, status, code, text] of refused) {
            const msg = await give(payload, 2)
            assert.deepEqual([msg.statusCode, msg.refusal.code], [status, code], JSON.stringify(payload))
            assert.match(msg.payload.message, text)
        }
        await give({ action: 'start', profile: { steps } })
        const again = await give({ action: 'start', profile: { steps } }, 2)
        assert.deepEqual([again.statusCode, again.refusal.code, again.payload.state], [409, 'WRONG_STATE', 'running'])
        await desk.end('completed').reaches(refused.length + 2)
    })

    it('goes on where it was after a restart, says the set-point again, and closes in time', async () => {
        const file = { kind: 'file', file: join(folder, 'store.sqlite') }
        await load(file)
        await give({ action: 'start', profile: { steps } })
        assert.ok((await desk.unload()) < 1000)
        await load(file)
        const [first] = await desk.end('p3').reaches(1)
        assert.deepEqual(
            [first!.event, first!.topic, first!.payload.setPoint, first!.payload.confirm],
            ['set-point', 'vessel', 20, 'add hops'],
        )
        await give({ action: 'confirm' })
    })
})

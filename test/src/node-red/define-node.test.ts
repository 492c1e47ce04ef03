import assert from 'node:assert/strict'
import type { Node } from 'node-red'
import helper from 'node-red-node-test-helper'
import * as v from 'valibot'
import { Refusal } from '../../../src/lib/index.ts'
import { text } from '../../../src/node-red/fields.ts'
import { configNode, defineNode, type Handlers, type Setup } from '../../../src/node-red/index.ts'

const Config = v.object({ name: text(), size: v.pipe(text('1'), v.regex(/^\d+$/, 'must be digits')), other: text() })
type Message = Record<string, any>

describe('defineNode', () => {
    const heard: { where: string; msg: Message }[] = []
    let tell: () => void
    beforeEach(() => helper.startServer())
    afterEach(async () => {
        await helper.unload()
        await helper.stopServer()
        heard.length = 0
    })

    /** A flow with one node of a type that does this. */
    async function load(
        setup: (context: Setup<typeof Config, never>) => Handlers | Promise<Handlers>,
        { more = [], ...settings }: { more?: object[]; [key: string]: unknown } = {},
    ) {
        const [z, x, y] = ['tab', 0, 0]
        const flow = [
            { id: z, type: 'tab' },
            { id: 'n', z, x, y, type: 'socketworks-tested', wires: [['done'], ['refused']], ...settings },
            { id: 'catching', z, x, y, type: 'catch', scope: null, wires: [['caught']] },
            { id: 'completing', z, x, y, type: 'complete', scope: ['n'], wires: [['completed']] },
            ...['done', 'refused', 'caught', 'completed'].map((id) => ({ id, z, x, y, type: 'helper' })),
            ...more.map((node) => ({ z, x, y, ...node })),
        ]
        await helper.load(defineNode('tested', Config, setup) as never, flow)
        for (const where of ['done', 'refused', 'caught', 'completed'])
            helper.getNode(where).on('input', (msg) => {
                heard.push({ where, msg })
                tell?.()
            })
        return helper.getNode('n') as Node & { status: { args: [{ text: string }][] }; error: { args: [Error][] } }
    }
    const reaches = async (count: number) => {
        while (heard.length < count)
            await new Promise<void>((resolve) => {
                tell = resolve
            })
        await new Promise(setImmediate)
        await new Promise(setImmediate)
        return heard.map(({ where }) => where).sort()
    }
    const give = (msg: object) => helper.getNode('n').receive(msg as never)

    it('sends nothing to a node without a handler for messages, also once that is wired anew, and goes on sending to others', async () => {
        const node = (await load(({ config }) => (config.name === 'off' ? {} : { input: (msg, send) => send([msg, msg]) }), {
            wires: [['off'], ['off', 'done']],
            more: [{ id: 'off', type: 'socketworks-tested', name: 'off', wires: [['caught']] }],
        })) as unknown as Node & { wires: string[][] }
        const sent: string[] = []
        helper.getNode('off').on('input', () => sent.push('off'))
        give({ payload: 1 })
        assert.deepEqual(await reaches(2), ['completed', 'done'])
        assert.deepEqual(sent, ['off'], 'the output that somebody else is wired to, too, is sent on as a whole')
        node.wires = [['done'], ['off']]
        give({ payload: 2 })
        assert.deepEqual(await reaches(4), ['completed', 'completed', 'done', 'done'])
        assert.deepEqual(sent, ['off'])
    })

    it('ends what was begun when something is refused later on', async () => {
        let begun: AbortSignal | undefined
        await load(async ({ closed }) => {
            begun = closed
            await Promise.resolve()
            throw new Refusal(409, 'NAME_TAKEN', 'the name is taken')
        })
        give({ payload: 1 })
        await reaches(1)
        assert.equal(heard[0]?.where, 'refused')
        assert.equal(begun?.reason?.code, 'NAME_TAKEN')
    })

    it('says what is being closed to whoever waits for it, in words of its own if it has some', async () => {
        const reasons: Record<string, Refusal> = {}
        const waiting = (id: string) => (context: Setup<typeof Config, never>) => {
            context.closed.addEventListener('abort', () => {
                reasons[id] = context.closed.reason
            })
            return {}
        }
        const closing = () => new Refusal(503, 'SOCKET_RESTARTING', 'the socket is being deployed anew')
        const types = [defineNode('power-strip', Config, waiting('plain')), defineNode('own', Config, waiting('own'), { closing })] as const
        await helper.load(types as never, [
            { id: 'n', type: 'socketworks-power-strip', wires: [] },
            { id: 'o', type: 'socketworks-own', wires: [] },
        ])
        for (const id of ['n', 'o']) await helper.getNode(id).close(false)
        const told = ({ status, code, message }: Refusal) => ({ status, code, message })
        assert.deepEqual(told(reasons.plain!), {
            status: 503,
            code: 'NODE_RESTARTING',
            message: 'the node power strip is being deployed anew, send it again',
        })
        assert.deepEqual(told(reasons.own!), told(closing()))
    })

    it('completes each message once when the handler is through', async () => {
        await load(() => ({ input: (msg, send) => send(msg) }))
        give({ payload: 1 })
        give({ payload: 2 })
        assert.deepEqual(await reaches(4), ['completed', 'completed', 'done', 'done'])
    })

    it('completes a message that was refused, once', async () => {
        await load(() => ({
            input() {
                throw new Refusal(418, 'TEA_POT', 'short and stout')
            },
        }))
        give({})
        assert.deepEqual(await reaches(2), ['completed', 'refused'])
    })

    it('gives everything else to Catch nodes, with its code and cause, and completes nothing', async () => {
        await load(() => ({
            async input() {
                await null
                throw Object.assign(new Error('broken', { cause: 'why' }), { code: 'E_BROKEN' })
            },
        }))
        give({ payload: 5 })
        assert.deepEqual(await reaches(1), ['caught'])
        const { error, payload } = heard[0]!.msg
        assert.deepEqual([error.message, error.code, error.cause, payload], ['Error: broken', 'E_BROKEN', 'why', 5])
    })

    it('gets over what throws on the way to Catch and Complete nodes', async () => {
        const node = await load(() => ({
            input() {
                throw new Error('broken')
            },
        }))
        // Node-RED asks whether the message has an error already, by a method that this one does not have.
        give({ error: JSON.parse('{"hasOwnProperty":1}') })
        give({ payload: 'next' })
        assert.deepEqual(await reaches(1), ['caught'])
        assert.match(String(node.error.args.at(0)![0]) + String(node.error.args.at(-1)![0]), /hasOwnProperty|broken/)
    })

    it('holds messages until an asynchronous setup is over', async () => {
        const { promise, resolve } = Promise.withResolvers<void>()
        await load(async () => {
            await promise
            return { input: (msg, send) => send(msg) }
        })
        give({})
        await new Promise(setImmediate)
        assert.deepEqual(heard, [])
        resolve()
        assert.deepEqual(await reaches(2), ['completed', 'done'])
    })

    it('is red and catchable when the setup fails, with the reason cut to what fits', async () => {
        const node = await load(async () => {
            await null
            throw new Error(`because ${'x'.repeat(500)}`)
        })
        give({})
        give({})
        assert.deepEqual(await reaches(2), ['caught', 'caught'])
        assert.match(node.status.args.at(-1)![0].text, /^because x{52}$/)
    })

    it('says which setting is wrong, and tells whoever stands on it', async () => {
        const node = await load(() => ({}), { size: 'big' })
        give({})
        await reaches(1)
        assert.equal(heard[0]!.msg.error.code, 'BAD_CONFIG')
        assert.equal(node.status.args.at(-1)![0].text, 'size: must be digits')
        const RED = { nodes: { getNode: () => node } } as never
        assert.throws(() => configNode(RED, 'n'), { code: 'BAD_CONFIG', message: 'socketworks-tested is not ready: size: must be digits' })
    })

    it('refuses what came over HTTP when it could not be set up, and says why to nobody but the editor', async () => {
        await load(() => Promise.reject(new Error('ENOENT: /home/me/key.pem')))
        give({ res: { _res: { headersSent: false, writableEnded: false, status: () => {} } } })
        assert.deepEqual((await reaches(2)).sort(), ['completed', 'refused'])
        const { statusCode, refusal, payload } = heard.find(({ where }) => where === 'refused')!.msg
        assert.deepEqual([statusCode, refusal.code], [503, 'NOT_SET_UP'])
        assert.doesNotMatch(payload.message, /ENOENT/)
    })

    it('closes after the setup, whether that came to something or not, and tells whether it was removed', async () => {
        const closed: boolean[] = []
        const node = await load(({ closed: signal }) => ({
            close: (removed) => void closed.push(removed, signal.aborted),
        }))
        await (node as never as { close(removed: boolean): Promise<void> }).close(true)
        assert.deepEqual(closed, [true, true])
    })

    it('closes although the setup never ended, the handler throws, or closing itself does', async () => {
        await load(
            ({ closed }) =>
                new Promise((_resolve, reject) => {
                    closed.addEventListener('abort', () => reject(closed.reason))
                }),
        )
        give({})
        await helper.unload()
        const node = await load(({ closed }) => ({
            input: () => new Promise<void>((_resolve, reject) => closed.addEventListener('abort', () => reject(new Error('cut off')))),
            close() {
                throw new Error('stuck')
            },
        }))
        const said: string[] = []
        Object.assign(node, { error: (error: Error) => void said.push(error.message) })
        give({})
        await helper.unload()
        assert.deepEqual([heard, said], [[], ['stuck']])
    })
})

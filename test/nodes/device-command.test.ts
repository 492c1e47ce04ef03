import assert from 'node:assert/strict'
import helper from 'node-red-node-test-helper'
import catalogue from '../../nodes/command-catalogue/runtime.ts'
import command from '../../nodes/device-command/runtime.ts'
import { Issuer } from '../support/issuer.ts'
import { OispDevice } from '../support/oisp.ts'
import { Peers } from '../support/peers.ts'

describe('device-command', () => {
    const issuer = new Issuer({ accounts: [{ id: 'acme' }] })
    const peers = new Peers([command, catalogue])

    before(() => helper.startServer())
    after(() => helper.stopServer())
    afterEach(() => peers.unload())

    /** @param settings of the node `cmd`, which sends to the helpers done, refused and message */
    async function load(settings: object = {}): Promise<OispDevice> {
        const node = { type: 'socketworks-device-command', endpoint: 'e', store: 'st', wires: [['done'], ['refused'], ['message']] }
        const more = [
            { ...node, id: 'cmd', ...settings },
            { ...node, id: 'look', operation: 'get', commandId: 'payload.id', wires: [['done'], ['refused'], []] },
            { ...node, id: 'back', operation: 'withdraw', commandId: 'payload.id', wires: [['done'], ['refused'], []], callers: 'token' },
            { ...node, id: 'may', operation: 'check', wires: [['done'], ['refused'], []], callers: 'token' },
            { ...node, id: 'list', operation: 'devices', wires: [['done'], ['refused'], []] },
            { id: 'cat', type: 'socketworks-command-catalogue', store: 'st', operation: 'put', wires: [['done'], ['refused']] },
        ]
        await peers.load({ endpoint: { protocol: 'oisp', auth: 'jwt' }, more }, { key: issuer.pem })
        const token = await issuer.token({ sub: 'lamp' })
        const device = await OispDevice.come(peers.url('/devices'), 'lamp', token, { answers: true })
        await device.hears(1)
        await peers.next('connected')
        return device
    }
    const receive = (id: string, payload: object, more: object = {}) => helper.getNode(id).receive({ payload, ...more } as never)
    const bearer = async (claims: object) => {
        const authorization = `Bearer ${await issuer.token(claims)}`
        return { req: { headers: { authorization }, socket: { remoteAddress: '192.0.2.1' } } }
    }
    const order = { accountId: 'acme', deviceId: 'lamp', componentId: 'led', command: 'LED.v1.0', params: { LED: 1 } }

    it('says at once that a command is under way, and by output 3 how it ended', async () => {
        const device = await load()
        receive('cmd', order, { kept: 'as it was' })
        const under = await peers.next('done')
        assert.deepEqual([under.statusCode, under.payload.command.status, under.kept], [202, 'waiting', 'as it was'])
        const [, frame] = await device.hears(2)
        assert.equal(frame!.id, under.payload.command.id)
        await peers.shows('cmd', 'green', 'status.underWay')
        device.say({ type: 'answer', id: frame!.id, status: 'done', value: 1 })
        // The endpoint's own messages come there, too.
        const ended = await peers.find('message', ({ payload }) => payload.status === 'result')
        assert.deepEqual([ended.topic, ended.payload.id, ended.payload.value], ['lamp', frame!.id, 1])
        await peers.shows('cmd', 'grey', 'status.none')
        receive('look', { id: frame!.id, accountId: 'acme' })
        assert.equal((await peers.next('done', 2)).payload.command.status, 'result')
        receive('look', { id: frame!.id, accountId: 'other' })
        assert.equal((await peers.next('refused')).refusal.code, 'UNKNOWN_COMMAND')
    })

    it('says the id of a command where another one looks for it', async () => {
        await load()
        receive('cmd', order)
        const { payload } = await peers.next('done')
        receive('look', payload)
        assert.equal((await peers.next('done', 2)).payload.command.id, payload.command.id)
    })

    it('refuses what did not come to a good end, and what is wrong', async () => {
        const device = await load({ wait: '20', waitType: 'num', keep: false, timeout: '0.2' })
        receive('cmd', order)
        const silent = await peers.next('refused')
        assert.deepEqual([silent.statusCode, silent.refusal.code, silent.payload.command.cause], [504, 'NO_ANSWER', 'NO_ANSWER'])
        receive('cat', { componentId: 'led', commands: { 'LED.v1.0': { params: { LED: { type: 'integer', max: 1 } } } } })
        const added = await peers.next('done')
        assert.equal(added.statusCode, 201)
        receive('cat', added.payload.component)
        assert.deepEqual((await peers.next('done', 2)).payload.component, { ...added.payload.component, version: 2 })
        receive('cmd', { ...order, params: { LED: 2 } })
        assert.equal((await peers.next('refused', 2)).refusal.code, 'BAD_COMMAND')
        receive('cmd', { ...order, deviceId: 'nobody' })
        const unknown = await peers.next('refused', 3)
        assert.deepEqual(
            [unknown.refusal.code, unknown.payload.message],
            ['UNKNOWN_DEVICE', 'no device nobody of the account acme has ever connected to the endpoint'],
        )
        receive('cmd', { ...order, params: 'LED' })
        assert.equal((await peers.next('refused', 4)).refusal.code, 'BAD_INPUT')
        device.client.close()
        await peers.next('disconnected')
        receive('cmd', order)
        const away = await peers.next('refused', 5)
        assert.deepEqual([away.statusCode, away.refusal.code], [503, 'DEVICE_AWAY'])
    })

    it('lets a token command, and withdraw, what its claim allows, and nothing else', async () => {
        const device = await load({ callers: 'token' })
        const tokenOf = async (commands?: object[]) => `Bearer ${await issuer.token({ sub: 'rules', commands })}`
        const [limited, free] = [await tokenOf([{ device: 'lamp*', component: 'led' }]), await tokenOf()]
        const as = (authorization: string) => ({ req: { headers: { authorization }, socket: { remoteAddress: '192.0.2.1' } } })
        receive('cmd', order, as(limited))
        assert.equal((await peers.next('done')).statusCode, 202)
        assert.equal((await device.hears(2)).length, 2)
        receive('cmd', { ...order, componentId: 'door' }, as(limited))
        const foreign = await peers.next('refused')
        assert.deepEqual([foreign.statusCode, foreign.refusal.code], [403, 'FOREIGN_COMMAND'])
        receive('cmd', { ...order, componentId: 'door' }, as(free))
        const { id } = (await peers.next('done', 2)).payload
        receive('back', { accountId: 'acme', id }, as(limited))
        receive('may', { accountId: 'acme' }, as(limited))
        for (const count of [2, 3]) assert.equal((await peers.next('refused', count)).refusal.code, 'FOREIGN_COMMAND')
        receive('may', { accountId: 'acme' }, as(free))
        assert.equal((await peers.next('done', 3)).caller, 'rules')
    })

    it('takes no token that names no account, nor that of a device for another of its accounts', async () => {
        await load({ callers: 'token' })
        const as = async (claims: object, accountId: string) => receive('may', { accountId }, await bearer(claims))
        const both = [{ id: 'acme' }, { id: 'other' }]
        await as({ sub: 'lamp', accounts: both }, 'other')
        const nameless = [
            [undefined, 'undefined'],
            [{}, '[object Object]'],
            [{ toString: 1 }, 'x'],
            ['', 'x'],
            [true, 'true'],
        ]
        for (const [id, accountId] of nameless) await as({ sub: 'rules', accounts: [{ id }] }, accountId as string)
        const codes = []
        for (let count = 1; count <= 6; count++) codes.push((await peers.next('refused', count)).refusal.code)
        assert.deepEqual(codes, ['UNAUTHORIZED', ...Array(5).fill('NOT_FOUND')])
        await as({ sub: 'rules', accounts: both }, 'other')
        assert.equal((await peers.next('done')).caller, 'rules')
    })

    it('takes no token that is a device’s by what it says itself, whether or not that was ever connected', async () => {
        await load({ callers: 'token' })
        const as = async (claims: object) => receive('may', order, await bearer({ sub: 'new', ...claims }))
        const device = { id: 'acme', role: 'device' }
        const others = [
            { accounts: [{ id: 'other', role: 'device' }, { id: 'acme' }] },
            { role: 'device' },
            { roles: ['Device'] },
            { type: 'device' },
        ]
        for (const claims of [{ accounts: [device] }, ...others]) await as(claims)
        receive('cmd', { ...order, deviceId: 'new' }, await bearer({ sub: 'new' }))
        for (let count = 1; count <= 6; count++) assert.equal((await peers.next('refused', count)).refusal.code, 'UNAUTHORIZED')
        await as({ accounts: [{ id: 'acme', role: 'user' }] })
        assert.equal((await peers.next('done')).caller, 'new')
    })

    it('takes callers of one role only, if it is told to', async () => {
        await load({ callers: 'token', callerRole: 'admin' })
        const roles = ['user', 'device', undefined, ['user', 'admin'], 'admin']
        for (const role of roles)
            receive(
                'cmd',
                order,
                await bearer({
                    sub: 'rules',
                    accounts: [
                        { id: 'acme', role },
                        { id: 'other', role: 'admin' },
                    ],
                }),
            )
        for (let count = 1; count <= 3; count++) assert.equal((await peers.next('refused', count)).refusal.code, 'UNAUTHORIZED')
        for (let count = 1; count <= 2; count++) assert.equal((await peers.next('done', count)).statusCode, 202)
    })

    it('says that callers cannot have tokens where the endpoint checks none, instead of knowing no account', async () => {
        const node = {
            type: 'socketworks-device-command',
            endpoint: 'e',
            store: 'st',
            callers: 'token',
            wires: [['done'], ['refused'], []],
        }
        await peers.load({ endpoint: { protocol: 'oisp', name: 'lamps' }, more: [{ ...node, id: 'cmd' }] })
        await peers.shows('cmd', 'red', /^lamps does not check JSON Web Tokens, which callers need/)
        receive('cmd', order, await bearer({ sub: 'rules' }))
        const { statusCode, refusal } = await peers.next('refused')
        assert.deepEqual([statusCode, refusal.code], [503, 'NOT_SET_UP'])
    })

    it('shows how many devices are connected where they are listed', async () => {
        const device = await load()
        await peers.shows('list', 'green', 'common.status.peers')
        device.client.close()
        await peers.shows('list', 'grey', 'common.status.nobody')
    })

    it('takes a token from where it is told to, and notes what a command came by', async () => {
        const device = await load({ callers: 'token', token: 'payload.password', origin: 'mqtt' })
        const caller = await issuer.token({ sub: 'rules' })
        receive('cmd', { ...order, password: caller })
        const { command } = (await peers.next('done')).payload
        assert.deepEqual([command.caller, command.origin], ['rules', 'mqtt'])
        const req = { headers: { authorization: `Bearer ${caller}` }, socket: { remoteAddress: '192.0.2.1' } }
        const wrong = [undefined, 7, `Bearer ${caller}`, `${caller}x`, await issuer.token({ sub: 'lamp' })]
        for (const [i, password] of wrong.entries()) {
            receive('cmd', { ...order, password }, { req })
            const { statusCode, refusal } = await peers.next('refused', i + 1)
            assert.deepEqual([statusCode, refusal.code], [401, 'UNAUTHORIZED'], String(password))
        }
        assert.equal((await device.hears(2)).length, 2)
    })
})

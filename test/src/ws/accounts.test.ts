import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { WebSocket } from 'ws'
import type { EndpointOptions } from '../../../src/ws/ws-endpoint.ts'
import { closing, Port } from '../../support/endpoint.ts'

/** Whom a header says, as a token would. */
const byHeader = ({ headers }: IncomingMessage) => ({ identity: JSON.parse(String(headers.who)) })

describe('peers of an endpoint with accounts', () => {
    let port: Port
    beforeEach(async () => {
        port = await Port.open()
    })
    afterEach(() => port.close())

    const open = (options: Partial<EndpointOptions> = {}) => port.endpoint({ authenticate: byHeader, ...options })
    const come = (who: object, path = '/devices') => port.connect(path, { headers: { who: JSON.stringify(who) } })
    const proven = (account?: string) => come({ id: 'pump-1', ...(account && { account }) })
    const claimed = (account?: string) => come(account ? { account } : {}, '/devices?id=pump-1')

    for (const duplicate of ['close-old', 'refuse-new', 'keep-both'] as const)
        it(`do not get at each other’s ids (${duplicate})`, async () => {
            const endpoint = open({ duplicate })
            const device = await proven('north')
            const other = await claimed('south')
            const nobody = await claimed()
            await port.hears('connected', 3)
            assert.deepEqual(
                [device, other, nobody].map(({ readyState }) => readyState),
                Array(3).fill(WebSocket.OPEN),
            )
            const accounts = (address: object) => endpoint.find({ id: 'pump-1', ...address }).map(({ identity }) => identity.account)
            assert.deepEqual(accounts({}), ['north'])
            assert.deepEqual(accounts({ account: 'south' }), ['south'])
            assert.deepEqual(accounts({ account: 'south', proven: true }), [])
            device.close()
            await port.hears('disconnected')
            assert.deepEqual(accounts({}), [])
            for (const client of [other, nobody]) client.terminate()
        })

    for (const duplicate of ['close-old', 'refuse-new', 'keep-both'] as const)
        it(`of one account may not claim an id that is proven, even while its owner is away (${duplicate})`, async () => {
            const endpoint = open({ duplicate })
            const device = await proven('north')
            const refused = [1008, 'pump-1 is a peer that proves it by its token']
            assert.deepEqual(await closing(await claimed('north')), refused)
            assert.equal(device.readyState, WebSocket.OPEN)
            device.close()
            await port.hears('disconnected')
            assert.deepEqual(await closing(await claimed('north')), refused)
            const again = await proven('north')
            assert.equal(endpoint.find({ id: 'pump-1' }).length, 1)
            again.terminate()
        })

    for (const duplicate of ['close-old', 'refuse-new', 'keep-both'] as const)
        it(`have to go where somebody proves what they only claimed (${duplicate})`, async () => {
            const endpoint = open({ duplicate })
            const pretender = await claimed('north')
            const gone = closing(pretender)
            const device = await proven('north')
            assert.deepEqual(await gone, [1008, 'another peer has proven this id'])
            const { peer } = (await port.hears('connected', 2)).at(-1)!
            assert.deepEqual(endpoint.find({ id: 'pump-1' }), [peer])
            device.terminate()
        })

    it('cannot become by what they say who somebody else has proven to be', async () => {
        const endpoint = open()
        const device = await proven('north')
        const other = await come({ account: 'north' })
        const { peer } = (await port.hears('connected', 2)).at(-1)!
        assert.throws(() => endpoint.identify(peer, 'pump-1'), { code: 'FOREIGN_ID', status: 403 })
        assert.equal(peer.id, undefined)
        for (const client of [device, other]) client.terminate()
    })

    it('are remembered by who has proven to be them', async () => {
        const endpoint = open()
        assert.deepEqual(endpoint.resolve({ id: 'pump-1' }), { id: 'pump-1', proven: false })
        const north = await proven('north')
        assert.deepEqual(endpoint.resolve({ id: 'pump-1' }), { id: 'pump-1', account: 'north', proven: true })
        assert.deepEqual(endpoint.resolve({ id: 'pump-1', account: 'south' }), { id: 'pump-1', account: 'south', proven: false })
        const south = await proven('south')
        assert.deepEqual(endpoint.resolve({ id: 'pump-1' }), { id: 'pump-1', proven: true })
        for (const client of [north, south]) client.terminate()
    })
})

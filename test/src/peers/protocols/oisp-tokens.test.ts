import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Port } from '../../../support/endpoint.ts'
import type { OispDevice } from '../../../support/oisp.ts'
import { INVALID, OispEndpoint, PONG, SUBSCRIBED } from '../../../support/oisp-endpoint.ts'

const { issuer } = OispEndpoint

describe('tokens of the protocol oisp', () => {
    let o: OispEndpoint
    beforeEach(async () => {
        o = await OispEndpoint.open()
    })
    afterEach(() => o.close())
    after(() => issuer.close())

    const seconds = () => Math.floor(o.clock.now() / 1000)

    it('let a device in, and tell whose it is', async () => {
        const device = await o.come(await issuer.token())
        assert.deepEqual(await device.hears(1), [SUBSCRIBED])
        const told = o.told.map(([event, peer]) => [event, peer.id, peer.identity.account])
        assert.deepEqual(told, [['connected', 'lamp', 'acme']])
    })

    it('that are not right are refused with 401 and 1008', async () => {
        const wrong: Record<string, unknown> = {
            ...(await issuer.forged({ sub: 'lamp', accounts: [{ id: 'acme' }] })),
            'it is of another device': await issuer.token({ sub: 'pump' }),
            'it is of no device': await issuer.token({ sub: undefined }),
            'accounts is missing': await issuer.token({ accounts: undefined }),
            'accounts is empty': await issuer.token({ accounts: [] }),
            'accounts is no list': await issuer.token({ accounts: 'acme' }),
            'it never expires': await issuer.token({ exp: undefined }),
            'it is a number': 7,
            'it is null': null,
            'it is an object': { alg: 'none' },
            'it is blank': '',
            'it is missing': undefined,
        }
        for (const [what, token] of Object.entries(wrong)) {
            // Nobody is to wait for the answers to many wrong ones.
            o.clock.advance(1000)
            const device = await o.come(token)
            assert.deepEqual([await device.gone(), device.answers], [[1008, 'invalid device token'], [INVALID]], what)
        }
        assert.equal(Object.keys(wrong).length, 19)
        assert.deepEqual([o.told, o.endpoint.find({ id: 'lamp' })], [[], []])
        for (const token of Object.values(wrong))
            if (typeof token === 'string' && token !== '') assert.ok(!o.logged.some((text) => text.includes(token)), 'logged')
    })

    it('that expire are told of before, and end the connection', async () => {
        const exp = seconds() + 600
        const device = await o.come(await issuer.token({ exp }))
        await device.hears(1)
        o.clock.advance(exp * 1000 - o.clock.now() - 60_001)
        device.say({ type: 'ping' })
        assert.deepEqual(await device.hears(2), [SUBSCRIBED, PONG])
        o.clock.advance(30_000)
        const content = `Device token expires at ${new Date(exp * 1000).toISOString()}`
        assert.deepEqual((await device.hears(3))[2], { code: 4401, content })
        o.clock.advance(31_000)
        assert.deepEqual(await device.gone(), [4401, 'the token has expired'])
    })

    it('can be renewed while the device is connected', async () => {
        const device = await o.come(await issuer.token({ exp: seconds() + 600 }), 'lamp', { answers: true })
        await device.hears(1)
        device.say({ type: 'device', deviceId: 'lamp', deviceToken: await issuer.token({ exp: seconds() + 6000 }) })
        await device.hears(2)
        assert.equal(o.sessions.of(o.endpoint.find({ id: 'lamp' })[0]!).answersCommands, true)
        o.clock.advance(1_000_000)
        device.say({ type: 'ping' })
        assert.deepEqual(await device.hears(3), [SUBSCRIBED, SUBSCRIBED, PONG])
        assert.deepEqual(
            o.told.map(([event]) => event),
            ['connected'],
        )
    })

    it('cannot be renewed by those of another device or account', async () => {
        const exp = seconds() + 600
        const others = [
            { deviceId: 'pump', deviceToken: await issuer.token({ sub: 'pump', exp }) },
            { deviceId: 'lamp', deviceToken: await issuer.token({ sub: 'pump', exp }) },
            { deviceId: 'lamp', deviceToken: await issuer.token({ accounts: [{ id: 'other' }], exp }) },
        ]
        for (const other of others) {
            const device = await o.come(await issuer.token({ exp }))
            await device.hears(1)
            device.say({ type: 'device', ...other })
            assert.equal((await device.gone())[0], 1008)
            assert.deepEqual(device.answers, [SUBSCRIBED, INVALID])
        }
        assert.deepEqual(o.endpoint.find({ id: 'pump' }), [])
    })

    it('that were revoked let nobody in, and send those away who are', async () => {
        const directory = await mkdtemp(join(tmpdir(), 'socketworks-oisp-'))
        const revoked = join(directory, 'revoked.txt')
        await o.endpoint.close()
        o.listen({ revoked })
        const [stolen, fresh] = [await issuer.token({ jti: 't1' }), await issuer.token({ jti: 't2' })]
        const device = await o.come(stolen)
        await device.hears(1)
        await writeFile(revoked, '# stolen in March\nt1 # the first\n')
        o.clock.advance(2000)
        assert.deepEqual(await device.gone(), [4403, 'the token was revoked'])
        assert.equal((await (await o.come(stolen)).gone())[0], 1008)
        const again = await o.come(fresh)
        assert.deepEqual(await again.hears(1), [SUBSCRIBED])
        await writeFile(revoked, 'lamp\n')
        assert.equal((await (await o.come(fresh)).gone())[0], 1008)
        assert.deepEqual(await again.gone(), [4403, 'the token was revoked'])
        await rm(directory, { recursive: true })
    })

    it('that are guessed are answered more and more slowly, which keeps out nobody who has one', async () => {
        const guesses: OispDevice[] = []
        for (let i = 0; i < 21; i++) guesses.push(await o.come(`wrong ${i}`))
        await Promise.all(guesses.map((one) => one.gone()))
        const late = await o.come('wrong again')
        assert.deepEqual(await (await o.come(await issuer.token())).hears(1), [SUBSCRIBED])
        assert.equal(late.closed, undefined)
        o.clock.advance(200)
        assert.equal((await late.gone())[0], 1008)
    })

    it('are answered with 500 while they cannot be checked, and are taken as soon as they can', async () => {
        const published = await issuer.publish()
        const dead = await Port.open()
        const nobody = `http://127.0.0.1:${dead.port}/jwks.json`
        await dead.close()
        await o.endpoint.close()
        o.listen({ key: { url: nobody } })
        const device = await o.come(await issuer.token())
        assert.equal((await device.gone())[0], 1011)
        assert.deepEqual(device.answers, [{ code: 500, content: 'Internal server error' }])
        await o.endpoint.close()
        o.listen({ key: { url: published } })
        assert.deepEqual(await (await o.come(await issuer.token())).hears(1), [SUBSCRIBED])
        assert.equal(issuer.asked, 1)
    })
})

import assert from 'node:assert/strict'
import { createHmac, createSign, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import { byBearer, checkSecret } from '../../../src/ws/authentication.ts'
import { checkJwt } from '../../../src/ws/jwt.ts'
import { closing, Port } from '../../support/endpoint.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const other = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const ed = generateKeyPairSync('ed25519')
const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString()
const clock = new FakeClock()
const now = () => Math.floor(clock.now() / 1000)

const sign = (claims: JWTPayload, key: KeyObject = rsa.privateKey, alg = 'RS256', kid?: string) =>
    new SignJWT({ exp: now() + 60, ...claims }).setProtectedHeader({ alg, ...(kid && { kid }) }).sign(key)
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
const settings = { issuer: '', audience: '', lasting: false, accountClaim: 'account', clock }

describe('authentication of an endpoint', () => {
    let port: Port

    beforeEach(async () => {
        port = await Port.open()
    })
    afterEach(() => port.close())

    describe('by a token', () => {
        beforeEach(() => {
            port.endpoint({ authenticate: byBearer(checkSecret('open-sesame')) })
        })

        it('takes it from the header, the query and a subprotocol', async () => {
            assert.equal((await port.refusal('/devices', bearer('open-sesame'))).status, 101)
            assert.equal((await port.refusal('/devices?access_token=open-sesame')).status, 101)
            const client = await port.connect('/devices', {}, ['bearer.open-sesame'])
            assert.equal(client.protocol, 'bearer.open-sesame')
            assert.equal((await port.hears('connected')).at(-1)!.peer.subprotocol, '')
            client.terminate()
        })

        it('refuses a wrong one, none and a huge one', async () => {
            assert.deepEqual(await port.refusal('/devices', bearer('open-sesam')), { status: 401, body: 'the token is not valid' })
            assert.deepEqual(await port.refusal(), { status: 401, body: 'a token is required' })
            assert.equal((await port.refusal('/devices', { headers: { authorization: 'Basic open-sesame' } })).status, 401)
            assert.equal((await port.refusal(`/devices?access_token=${'x'.repeat(10_000)}`)).status, 401)
        })
    })

    describe('by a JSON Web Token', () => {
        const claims = { sub: 'pump', account: 'acme' }
        const guard = (key: KeyObject, more: object = {}) =>
            port.endpoint({ authenticate: byBearer(checkJwt({ key: { pem: pem(key) }, ...settings, ...more })), clock })

        it('knows who a peer is and whose', async () => {
            const endpoint = guard(rsa.publicKey)
            const client = await port.connect('/devices', bearer(await sign(claims)))
            const [{ peer }] = await port.hears('connected')
            assert.deepEqual([peer.id, peer.identity.id, peer.identity.account], ['pump', 'pump', 'acme'])
            assert.deepEqual(peer.identity.claims, { ...claims, exp: now() + 60 })
            assert.deepEqual(endpoint.find({ id: 'pump' }), [peer])
            client.terminate()
        })

        it('finds the account within lists and objects, and nothing that is not there', async () => {
            guard(rsa.publicKey, { accountClaim: 'accounts.0.id' })
            const tokens = await Promise.all([sign({ accounts: [{ id: 7 }] }), sign({ accounts: [] }), sign({ accounts: 'x' })])
            for (const token of tokens) (await port.connect('/devices', bearer(token))).terminate()
            const accounts = (await port.hears('connected', 3)).map(({ peer }) => peer.identity.account)
            assert.deepEqual(accounts, ['7', undefined, undefined])
        })

        for (const [name, pair, alg] of [
            ['RSA', rsa, 'RS256'],
            ['P-256', ec, 'ES256'],
            ['Ed25519', ed, 'EdDSA'],
        ] as const)
            it(`by a key of ${name}`, async () => {
                guard(pair.publicKey)
                assert.equal((await port.refusal('/devices', bearer(await sign(claims, pair.privateKey, alg)))).status, 101)
            })

        const wrong: [string, () => Promise<string> | string, object?][] = [
            ['that is not signed', () => new UnsecuredJWT(claims).encode()],
            ['that is signed with the public key as a secret', () => confused()],
            ['of another key', () => sign(claims, other.privateKey)],
            ['of another algorithm of the same key', () => sign(claims, rsa.privateKey, 'PS256')],
            ['that has expired', () => sign({ ...claims, exp: now() - 1 })],
            ['that expires now', () => sign({ ...claims, exp: now() })],
            ['that is not valid yet', () => sign({ ...claims, nbf: now() + 10 })],
            ['whose expiry is no number', () => sign({ ...claims, exp: 'never' as never })],
            ['for another audience', () => sign({ ...claims, aud: 'viewers' }), { audience: 'devices' }],
            ['for no audience', () => sign(claims), { audience: 'devices' }],
            ['from another issuer', () => sign({ ...claims, iss: 'mallory' }), { issuer: 'us' }],
            ['whose subject has control characters', () => sign({ sub: 'a\0b' })],
            ['whose subject is no text', () => sign({ sub: 7 as never })],
            [
                'whose content was changed',
                async () => (await sign(claims)).replace(/\.[^.]+\./, `.${Buffer.from('{"sub":"boss"}').toString('base64url')}.`),
            ],
            ['that needs what nobody here understands', () => critical()],
            ['that is none', () => 'a.b.c'],
            ['that is no text of that kind', () => 'hello'],
        ]
        for (const [name, token, more] of wrong)
            it(`refuses one ${name}`, async () => {
                const endpoint = guard(rsa.publicKey, more)
                const { status, body } = await port.refusal('/devices', bearer(await token()))
                assert.equal(status, 401)
                assert.ok(body.length < 60, body)
                assert.deepEqual([endpoint.peers.size, port.logged], [0, []])
            })

        it('takes one for one of several audiences, from the right issuer', async () => {
            guard(rsa.publicKey, { audience: 'devices', issuer: 'us' })
            const token = await sign({ ...claims, aud: ['viewers', 'devices'], iss: 'us', exp: now() + 5, nbf: now() })
            assert.equal((await port.refusal('/devices', bearer(token))).status, 101)
        })

        it('takes one that never expires only where that is allowed', async () => {
            const token = await sign({ ...claims, exp: undefined as never })
            const strict = guard(rsa.publicKey)
            const body = 'the token must have a time at which it expires (exp)'
            assert.deepEqual(await port.refusal('/devices', bearer(token)), { status: 401, body })
            await strict.close(1001)
            guard(rsa.publicKey, { lasting: true })
            assert.equal((await port.refusal('/devices', bearer(token))).status, 101)
        })

        it('sends a peer away when its token expires', async () => {
            guard(rsa.publicKey)
            const client = await port.connect('/devices', bearer(await sign({ ...claims, exp: now() + 20 })))
            const closed = closing(client)
            clock.advance(19_900)
            assert.equal(client.readyState, client.OPEN)
            clock.advance(200)
            assert.deepEqual(await closed, [4401, 'the token has expired'])
        })

        it('refuses one that it has let in before, once it has expired', async () => {
            guard(rsa.publicKey)
            const token = await sign({ ...claims, exp: now() + 20 })
            for (let i = 0; i < 2; i++) assert.equal((await port.refusal('/devices', bearer(token))).status, 101)
            clock.advance(20_000)
            assert.deepEqual(await port.refusal('/devices', bearer(token)), { status: 401, body: 'the token has expired' })
        })

        it('takes no key that is none, a secret, or too small', () => {
            const small = generateKeyPairSync('rsa', { modulusLength: 1024 })
            const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' })
            assert.throws(() => guard('x' as never), TypeError)
            const make = (text: string) => () => checkJwt({ key: { pem: text }, ...settings })
            assert.throws(make('shared secret'), /no public key in PEM/)
            assert.throws(make(pem(small.publicKey)), /too small/)
            assert.throws(make(pem(p384.publicKey)), /neither RSA nor P-256/)
            assert.doesNotThrow(make(pem(rsa.publicKey).replaceAll('\n', '\\n')))
        })
    })

    describe('by keys that the issuer publishes', () => {
        let keys: object[]
        let asked: number
        let answer: number
        const issuer = createServer((_request, response) => {
            asked++
            response.writeHead(answer, { 'Content-Type': 'application/json' }).end(JSON.stringify({ keys }))
        })
        const jwk = async (key: KeyObject, more: object) => ({ ...(await exportJWK(key)), ...more })
        const url = () => `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/keys`
        const guard = (cooldown = 0) => port.endpoint({ authenticate: byBearer(checkJwt({ key: { url: url() }, ...settings, cooldown })) })
        const knock = async (token: Promise<string> | string) => (await port.refusal('/devices', bearer(await token))).status

        before(async () => {
            issuer.listen(0, '127.0.0.1')
            await once(issuer, 'listening')
        })
        after(() => {
            issuer.closeAllConnections()
            issuer.close()
        })
        beforeEach(async () => {
            asked = 0
            answer = 200
            keys = [await jwk(rsa.publicKey, { kid: '1' })]
        })

        it('asks for them once, and again when there is a new one', async () => {
            guard()
            for (let i = 0; i < 3; i++) assert.equal(await knock(sign({}, rsa.privateKey, 'RS256', '1')), 101)
            assert.equal(asked, 1)
            keys = [await jwk(ec.publicKey, { kid: '2' })]
            assert.equal(await knock(sign({}, ec.privateKey, 'ES256', '2')), 101)
            assert.equal(await knock(sign({}, rsa.privateKey, 'RS256', '1')), 401)
        })

        it('does not ask for each unknown key that somebody thinks up', async () => {
            guard(30_000)
            for (let i = 0; i < 5; i++) assert.equal(await knock(sign({}, other.privateKey, 'RS256', `made-up-${i}`)), 401)
            assert.equal(asked, 1)
        })

        it('tries all that fit if a token does not name its key', async () => {
            keys = [await jwk(other.publicKey, {}), await jwk(rsa.publicKey, {})]
            guard()
            assert.equal(await knock(sign({}, rsa.privateKey)), 101)
            assert.equal(await knock(sign({}, ec.privateKey, 'ES256')), 401)
        })

        it('never takes a secret that is published for a key', async () => {
            keys = [{ kty: 'oct', k: Buffer.from('secret'.repeat(8)).toString('base64url'), kid: 's', alg: 'HS256' }]
            guard()
            const token = `${encode({ alg: 'HS256', kid: 's' })}.${encode({})}`
            assert.equal(await knock(`${token}.${createHmac('sha256', 'secret'.repeat(8)).update(token).digest('base64url')}`), 401)
        })

        it('says so while they cannot be had, and goes on when they can', async () => {
            const endpoint = guard()
            answer = 500
            assert.equal(await knock(sign({}, rsa.privateKey, 'RS256', '1')), 503)
            assert.match(endpoint.state.trouble!, /keys/)
            answer = 200
            assert.equal(await knock(sign({}, rsa.privateKey, 'RS256', '1')), 101)
            assert.equal(endpoint.state.trouble, undefined)
        })

        it('reads no more than a megabyte of what the issuer answers', async () => {
            const endpoint = guard()
            keys.push({ kty: 'oct', k: 'x'.repeat(1_048_576) })
            assert.equal(await knock(sign({}, rsa.privateKey, 'RS256', '1')), 503)
            assert.match(endpoint.state.trouble!, /keys/)
        })

        it('asks once at a time, and seldom, while they cannot be had', async () => {
            guard(30_000)
            answer = 500
            const many = () => Promise.all(Array.from({ length: 20 }, () => knock(sign({}, rsa.privateKey, 'RS256', '1'))))
            for (let i = 0; i < 2; i++) assert.deepEqual(new Set(await many()), new Set([503]))
            assert.equal(asked, 1)
            answer = 200
            clock.advance(4999)
            assert.equal(await knock(sign({}, rsa.privateKey, 'RS256', '1')), 503)
            clock.advance(1)
            assert.deepEqual(new Set(await many()), new Set([101]))
            assert.equal(asked, 2)
        })

        it('uses those of before for an hour while they cannot be had, and waits only for one that is new', async () => {
            guard(30_000)
            const [old, unknown] = [() => sign({}, rsa.privateKey, 'RS256', '1'), () => sign({}, ec.privateKey, 'ES256', '2')]
            assert.equal(await knock(old()), 101)
            answer = 500
            clock.advance(600_001)
            for (let i = 0; i < 5; i++) assert.equal(await knock(old()), 101)
            assert.equal(await knock(unknown()), 503)
            assert.equal(asked, 2)
            clock.advance(3_000_000)
            assert.equal(await knock(old()), 503)
            answer = 200
            keys.push(await jwk(ec.publicKey, { kid: '2' }))
            clock.advance(5000)
            assert.deepEqual([await knock(unknown()), await knock(old()), asked], [101, 101, 4])
        })

        it('takes nothing but an http URL', () => {
            for (const wrong of ['file:///etc/passwd', 'keys', 'http://'])
                assert.throws(() => checkJwt({ key: { url: wrong }, ...settings }), /jwksUrl/)
        })
    })
})

function critical(): string {
    const token = `${encode({ alg: 'RS256', crit: ['b64'], b64: true })}.${encode({ sub: 'pump', exp: now() + 60 })}`
    return `${token}.${createSign('RSA-SHA256').update(token).sign(rsa.privateKey, 'base64url')}`
}

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')

function confused(): string {
    const token = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ sub: 'pump' })}`
    return `${token}.${createHmac('sha256', pem(rsa.publicKey)).update(token).digest('base64url')}`
}

import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bearer, closing, FleetObserver, report, reports } from '../support/fleet-observer.ts'
import { Issuer } from '../support/issuer.ts'

/** Who may come in at fleet-observer.json, as its variables say. */
describe('fleet-observer.json, authentication', () => {
    const issuer = new Issuer({ iss: 'https://issuer.example', aud: 'fleet' })
    const expected = { OBSERVER_ISSUER: 'https://issuer.example', OBSERVER_AUDIENCE: 'fleet' }
    let o: FleetObserver
    const jwt = { DEVICE_AUTH: 'jwt', VIEWER_AUTH: 'jwt', ...expected }
    before(async () => {
        o = await FleetObserver.start()
    })
    after(() => o.stop())
    const start = (env: Record<string, string>) => o.renew({ env })
    const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds

    describe('by JSON Web Tokens and a key', () => {
        before(() => start({ ...jwt, OBSERVER_PUBLIC_KEY: issuer.pem }))
        afterEach(() => o.leave())

        it('lets in who has one, in a header, as a subprotocol of a browser, or in the address', async () => {
            const token = await issuer.token({ sub: '0001' })
            for (const path of ['/update/', '/client/']) {
                assert.equal(await o.handshake(path, bearer(token)), 101)
                assert.equal(await o.handshake(path, {}, [`bearer.${token}`]), 101)
                assert.equal(await o.handshake(`${path}?access_token=${token}`), 101)
            }
        })

        it('lets in nobody without one, or with one that was not made for it', async () => {
            const refused = {
                ...(await issuer.forged({ sub: '0001' })),
                'it is of another issuer': await issuer.token({ sub: '0001', iss: 'https://other.example' }),
                'it is for others': await issuer.token({ sub: '0001', aud: 'plant' }),
                'its sub is no text': await issuer.token({ sub: 1 as never }),
            }
            for (const path of ['/update/', '/client/']) {
                assert.equal(await o.handshake(path), 401, 'no token')
                for (const [why, token] of Object.entries(refused))
                    for (const status of [
                        o.handshake(path, bearer(token)),
                        o.handshake(path, {}, [`bearer.${token}`]),
                        o.handshake(`${path}?access_token=${token}`),
                    ])
                        assert.equal(await status, 401, `${path}: ${why}`)
            }
        })

        it('a device speaks for the serial number of its token only', async () => {
            const device = await o.connect('/update/', await issuer.token({ sub: '0001' }))
            await reports(device, '0001', '0001', { battery: 1 })
            assert.equal(await report(device, '0002', '0002', { battery: 2 }), 'ERROR')
            // Another address does not make it another device either.
            const liar = await o.connect('/update/?id=0002', await issuer.token({ sub: '0001' }))
            assert.equal(await report(liar, '0003', '0002', { battery: 3 }), 'ERROR')
            const viewer = await o.connect('/client/', await issuer.token())
            const { message: rows } = await viewer.until(({ type }) => type === 'INIT')
            assert.deepEqual(
                rows.map((row: Record<string, unknown>) => [row.serial_number, row.battery]),
                [['0001', 1]],
            )
        })

        it('is told only what is for it: a command for another device does not reach it', async () => {
            const [one, two] = await Promise.all(['0011', '0012'].map(async (sub) => o.connect('/update/', await issuer.token({ sub }))))
            await reports(one!, '0001', '0011', { country: 'AT' })
            await reports(two!, '0001', '0012', { country: 'AT' })
            assert.equal(await report(two!, '0002', '0011', { country: 'AT' }), 'ERROR')
            const viewer = await o.connect('/client/', await issuer.token(), ['socketworks.view.1'])
            viewer.send({ type: 'set', id: '0011', property: 'country', value: 'DE', request: 'r1' })
            await one!.until(({ type }) => type === 'UPDT')
            await reports(two!, '0003', '0012', { country: 'IT' })
            assert.ok(two!.all.every((text) => JSON.parse(text).type === 'INFO'))
        })

        it('whose token expires is sent away, devices and viewers alike', async () => {
            for (const path of ['/update/', '/client/']) {
                const token = await issuer.token({ sub: '0001', exp: inSeconds(3) })
                const client = await o.connect(path, token)
                assert.deepEqual(await closing(client), [4401, 'the token has expired'])
                assert.equal(await o.handshake(path, bearer(token)), 401)
            }
        })
    })

    describe('by a key out of a file, and viewers by a token they share', () => {
        before(async () => {
            await writeFile(join(o.red.userDir, 'public.pem'), issuer.pem)
            await start({ ...jwt, OBSERVER_PUBLIC_KEY: 'public.pem', VIEWER_AUTH: 'token', VIEWER_TOKEN: 'open-sesame' })
        })

        it('devices come in by the key in the file', async () => {
            const device = await o.connect('/update/', await issuer.token({ sub: '0001' }))
            await reports(device, '0001', '0001', { battery: 1 })
            for (const [why, token] of Object.entries(await issuer.forged({ sub: '0001' })))
                assert.equal(await o.handshake('/update/', bearer(token)), 401, why)
            assert.equal(await o.handshake('/update/', bearer('open-sesame')), 401)
        })

        it('viewers come in by the token, and with nothing else', async () => {
            for (const viewer of [await o.connect('/client/', 'open-sesame'), await o.connect('/client/?access_token=open-sesame')])
                await viewer.until(({ type }) => type === 'INIT')
            assert.equal(await o.handshake('/client/', {}, ['bearer.open-sesame']), 101)
            assert.equal(await o.handshake('/client/'), 401)
            for (const wrong of ['sesame', 'open-sesame-', 'VIEWER_TOKEN', await issuer.token({ sub: '0001' })])
                assert.equal(await o.handshake('/client/', bearer(wrong)), 401)
        })
    })

    describe('by keys that the issuer publishes', () => {
        before(async () => start({ ...jwt, OBSERVER_JWKS_URL: await issuer.publish() }))
        after(() => issuer.close())

        it('lets in who has a token, and asks for the keys once', async () => {
            const device = await o.connect('/update/', await issuer.token({ sub: '0001', account: 'north' }))
            await reports(device, '0001', '0001', { battery: 1 })
            const viewer = await o.connect('/client/', await issuer.token())
            await viewer.until(({ type, message }) => type === 'INIT' && message.length === 1)
            for (const [why, token] of Object.entries(await issuer.forged({ sub: '0001' })))
                for (const path of ['/update/', '/client/']) assert.equal(await o.handshake(path, bearer(token)), 401, `${path}: ${why}`)
            // Each of the two endpoints has its own.
            assert.equal(issuer.asked, 2)
        })
    })

    describe('by what was set in some other way', () => {
        it('takes a key whose line ends are written out, as files of variables have them', async () => {
            await start({ DEVICE_AUTH: 'jwt', OBSERVER_PUBLIC_KEY: issuer.pem.replaceAll('\n', '\\n') })
            assert.equal(await o.handshake('/update/', bearer(await issuer.token())), 101)
            assert.equal(await o.handshake('/update/', bearer('sesame')), 401)
        })

        for (const [what, env, words] of [
            ['there is no key', { DEVICE_AUTH: 'jwt' }, 'neither a key nor the URL of one is set'],
            ['there is no token', { DEVICE_AUTH: 'token' }, 'no token is set'],
            ['the file of the key is missing', { DEVICE_AUTH: 'jwt', OBSERVER_PUBLIC_KEY: 'nowhere.pem' }, 'ENOENT'],
            ['it is another word', { DEVICE_AUTH: 'JWT' }, 'auth: must be one of none, token, jwt'],
        ] as [string, Record<string, string>, string][])
            it(`lets in nobody while ${what}, and says so; viewers are not concerned`, async () => {
                await start(env)
                await o.red.waitFor(words)
                const viewer = await o.connect('/client/')
                await viewer.until(({ type }) => type === 'INIT')
                assert.notEqual(await o.handshake('/update/', bearer('anything')).catch(() => 0), 101)
            })
    })
})

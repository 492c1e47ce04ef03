import assert from 'node:assert/strict'
import { FleetObserver } from '../support/fleet-observer.ts'

describe('fleet-observer.json, at its doors', () => {
    let o: FleetObserver
    /** One with other settings, for the test that has started it. */
    let other: FleetObserver | undefined
    before(async () => {
        o = await FleetObserver.start()
    })
    after(() => o.stop())
    afterEach(async () => {
        await other?.stop()
        other = undefined
    })

    it('ends at the page by /observer and /observer/, and at the endpoints with any slashes, below any root', async () => {
        other = await FleetObserver.start({ settings: { httpNodeRoot: '/red' } })
        const { url } = other.red
        for (const path of ['/observer', '/observer/', '/observer?x=/', '/observer/?x=1']) {
            const page = await fetch(`${url}/red${path}`)
            assert.deepEqual([page.status, page.url], [200, `${url}/red/socketworks/observer/`], path)
        }
        for (const path of ['update', 'client'])
            for (const form of [`/red/${path}`, `/red/${path}/`, `//red//${path}//`, `/red/${path}/?id=0001`, `//red/${path}`])
                assert.equal(await other.handshake(form), 101, form)
    })

    it('lets in programs that say an Origin as far as no browser could have said it, and tells what would let in the others', async () => {
        await o.renew()
        const home = { origin: 'https://forge.example/project' }
        for (const path of ['/update/', '/client/']) {
            assert.equal(await o.handshake(path, home), 101, path)
            for (let i = 0; i < 2; i++) assert.equal(await o.handshake(path, { origin: 'file://' }), 403, path)
            assert.equal(await o.handshake(path, { host: 'nodered.local:443', origin: 'https://nodered.local' }), 101, path)
            assert.equal(await o.handshake(path, { host: 'nodered.local:80', origin: 'http://nodered.local' }), 101, path)
        }
        assert.equal(await o.handshake('/client/', { origin: 'https://fleet.example', 'x-forwarded-host': 'fleet.example' }), 403)
        const said = o.red.log.match(/.*the origin .* was refused.*/g) ?? []
        assert.equal(said.length, 3, said.join('\n'))
        assert.match(said[0]!, /devices.*list file:\/\/ in "Allowed origins" \(OBSERVER_ORIGINS/)
        assert.match(said[2]!, /viewers.*a proxy has changed the header Host to 127\.0\.0\.1/)
    })

    it('lets in by the list what is in it as it is sent, and its own pages still', async () => {
        await o.renew({ env: { OBSERVER_ORIGINS: 'file://' } })
        for (const path of ['/update/', '/client/']) {
            assert.equal(await o.handshake(path, { origin: 'file://' }), 101, path)
            assert.equal(await o.handshake(path, { origin: o.red.url }), 101, path)
            assert.equal(await o.handshake(path, { origin: 'http://evil.example' }), 403, path)
        }
    })

    it('looks at no origin of devices that show a token: no foreign page has one', async () => {
        await o.renew({
            env: { DEVICE_AUTH: 'token', DEVICE_TOKEN: 'a-token-that-is-long', VIEWER_AUTH: 'token', VIEWER_TOKEN: 'another-that-is-long' },
        })
        for (const origin of ['file://', 'https://anywhere.example']) {
            assert.equal(await o.handshake('/update/', { origin, authorization: 'Bearer a-token-that-is-long' }), 101)
            assert.equal(await o.handshake('/update/', { origin }), 401)
            assert.equal(await o.handshake('/client/', { origin, authorization: 'Bearer another-that-is-long' }), 403)
        }
    })

    it('answers 503 at once where a setting is refused, whichever it is', async () => {
        for (const env of [
            { DEVICE_AUTH: 'sometimes' },
            { DEVICE_AUTH: 'token' },
            { DEVICE_AUTH: 'jwt' },
            { DEVICE_AUTH: 'jwt', OBSERVER_PUBLIC_KEY: '/nowhere.pem' },
            { OBSERVER_ORIGINS: 'example.org' },
            { OBSERVER_JWKS_URL: 'ftp://x' },
            { OBSERVER_LASTING_TOKENS: 'perhaps' },
        ]) {
            await o.renew({ env })
            assert.equal(await o.handshake('/update/'), 503, JSON.stringify(env))
        }
        other = await FleetObserver.start({ settings: { webSocketNodeVerifyClient: 'nonsense' } })
        for (const path of ['/update/', '/client/']) assert.equal(await other.handshake(path), 503, path)
    })
})

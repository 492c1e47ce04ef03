import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import type { Browser } from 'playwright-core'
import { freePort } from '../../scripts/free-port.ts'
import { openChromium } from '../support/chromium.ts'
import { bearer, FleetObserver, reports } from '../support/fleet-observer.ts'

const { hashSync } = createRequire(import.meta.url)('bcryptjs') as { hashSync(password: string, rounds: number): string }
const basic = (name: string, password: string) => ({ authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` })
const long = 'a-token-that-nobody-guesses'

/** Nobody gets by WebSocket what Node-RED's settings keep behind a password. */
describe('fleet-observer.json behind httpNodeAuth', () => {
    let o: FleetObserver
    let browser: Browser
    after(() => browser?.close())

    describe('with a password', () => {
        before(async () => {
            const settings = { httpNodeRoot: '/red', httpNodeAuth: { user: 'me', pass: hashSync('secret', 4) } }
            o = await FleetObserver.start({ settings })
        })
        afterEach(() => o.leave())
        after(() => o.stop())

        it('lets in who has it, and nobody else', async () => {
            for (const path of ['/red/update/', '/red/client/']) {
                assert.equal(await o.handshake(path, basic('me', 'secret')), 101)
                assert.equal(await o.handshake(path), 401)
                assert.equal(await o.handshake(path, basic('me', 'wrong')), 401)
                assert.equal(await o.handshake(path, basic('you', 'secret')), 401)
                assert.equal(await o.handshake(path, bearer('secret')), 401)
                assert.equal(await o.handshake(`${path}?access_token=secret`), 401)
            }
        })

        it('has a page that works for who has logged in', async () => {
            const device = await o.connect('/red/update/', undefined, [], basic('me', 'secret'))
            await reports(device, '0001', '0001', { battery: 77 })
            browser = await openChromium()
            const page = await browser.newPage()
            // As if somebody had typed both when the browser asked for them.
            await page.goto(`${o.red.url.replace('//', '//me:secret@')}/red/observer`)
            await page.locator('.tabulator-row[data-id="0001"]').waitFor()
        })
    })

    it('lets in with a token alone where an endpoint asks for one', async () => {
        const settings = { httpNodeAuth: { user: 'me', pass: hashSync('secret', 4) } }
        o = await FleetObserver.start({ settings, env: { DEVICE_AUTH: 'token', DEVICE_TOKEN: long } })
        assert.equal(await o.handshake('/update/', bearer(long)), 101)
        assert.equal(await o.handshake('/update/', basic('me', 'secret')), 401)
        assert.equal(await o.handshake('/client/', bearer(long)), 401)
        await o.stop()
    })

    it('asks a function of the administrator’s, also for an own port', async () => {
        const code =
            "module.exports.httpNodeAuth = (req, res, next) => (req.headers.cookie === 'in=yes' ? next() : setTimeout(() => res.redirect('/login'), 5))"
        const port = await freePort()
        const nodes = { 'socketworks.devices': { port: String(port) } }
        o = await FleetObserver.start({ code, nodes })
        for (const [path, base] of [
            ['/client/', o.url('')],
            ['/update/', `ws://127.0.0.1:${port}`],
        ] as const) {
            assert.equal(await o.handshake(path, { cookie: 'in=yes' }, [], base), 101)
            assert.equal(await o.handshake(path, { cookie: 'in=no' }, [], base), 401)
            assert.equal(await o.handshake(path, {}, [], base), 401)
        }
        await o.stop()
    })
})

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser } from 'playwright-core'
import { SocketPage } from '../support/browser-socket.ts'
import { openChromium } from '../support/chromium.ts'
import { FleetObserver, readTold, reports } from '../support/fleet-observer.ts'
import { Issuer } from '../support/issuer.ts'

/** How the WebSocket of a browser comes in at fleet-observer.json, is sent away, and comes back. */
describe('the WebSocket of a browser, coming and going', () => {
    let browser: Browser
    let o: FleetObserver
    const pages: SocketPage[] = []

    before(async () => {
        ;[browser, o] = await Promise.all([openChromium(), FleetObserver.start()])
    })
    after(() => Promise.all([browser?.close(), o?.stop()]))
    afterEach(async () => {
        await Promise.all(pages.splice(0).map((page) => page.close()))
        await o.leave()
    })

    const start = async (env: Record<string, string> = {}) => {
        await o.renew({ env })
        return o
    }
    const open = async (url: string) => {
        const page = await SocketPage.open(browser, url)
        pages.push(page)
        return page
    }
    const isInit = ({ type }: { type: string }) => type === 'INIT'
    /** What a page is told when nobody is there. */
    const NOBODY = { kind: 'close', code: 1006, reason: '', clean: false }

    describe('from a page', () => {
        let site: Server
        let elsewhere: string
        before(async () => {
            site = createServer(({ url }, response) => {
                // What runs in a sandbox is of no origin: a browser calls it null.
                if (url === '/sandbox') response.setHeader('content-security-policy', 'sandbox allow-scripts')
                response.setHeader('content-type', 'text/html').end('<title>elsewhere</title>')
            })
            await once(site.listen(0, '127.0.0.1'), 'listening')
            elsewhere = `http://127.0.0.1:${(site.address() as AddressInfo).port}/`
        })
        after(async () => {
            site.closeAllConnections()
            await once(site.close(), 'close')
        })

        it('of this server only, where nothing is set', async () => {
            const { red } = await start()
            // To a browser, the same server by another name is another one.
            const named = elsewhere.replace('127.0.0.1', 'localhost')
            for (const foreign of [elsewhere, `${elsewhere}sandbox`, named])
                for (const path of ['/update/', '/client/'])
                    assert.equal(await (await open(foreign)).refusal(o.url(path)), 403, `${foreign} ${path}`)
            const own = await open(`${red.url}/observer`)
            for (const path of ['/update/', '/client/']) await (await own.socket(path)).hears('open')
        })

        it('of the origins that are set, and no other', async () => {
            const { red } = await start({ OBSERVER_ORIGINS: `https://example.org, ${elsewhere}` })
            const page = await open(elsewhere)
            for (const path of ['/update/', '/client/']) await (await page.socket(o.url(path))).hears('open')
            for (const foreign of [`${elsewhere}sandbox`, `${red.url}/devices`])
                assert.equal(await (await open(foreign)).refusal(o.url('/client/')), 403, foreign)
        })

        it('of anywhere, if that is set', async () => {
            await start({ OBSERVER_ORIGINS: '*' })
            for (const anywhere of [elsewhere, `${elsewhere}sandbox`])
                await (await (await open(anywhere)).socket(o.url('/client/'))).until(isInit)
        })
    })

    it('brings its token as a subprotocol, sees what is of its account, and goes when the token expires', async () => {
        const issuer = new Issuer()
        const env = { DEVICE_AUTH: 'jwt', VIEWER_AUTH: 'jwt', VIEWER_OWN: 'true', OBSERVER_PUBLIC_KEY: issuer.pem }
        const { red } = await start(env)
        for (const [sub, account] of [
            ['0001', 'north'],
            ['0002', 'south'],
        ] as const)
            await reports(await o.connect('/update/', await issuer.token({ sub, account })), '0001', sub, { battery: 1 })
        const page = await open(`${red.url}/devices`)
        assert.equal(await page.refusal('/client/'), 401)
        for (const token of Object.values(await issuer.forged({ account: 'north' })))
            assert.equal(await page.refusal('/client/', [`bearer.${token}`]), 401)
        const token = await issuer.token({ account: 'north', exp: Math.floor(Date.now() / 1000) + 6 })
        const viewer = await page.socket('/client/', { protocols: [`bearer.${token}`] })
        assert.equal((await viewer.hears('open')).protocol, `bearer.${token}`)
        const { message } = await viewer.until(isInit)
        assert.deepEqual(
            message.map(({ serial_number }: { serial_number: string }) => serial_number),
            ['0001'],
        )
        assert.deepEqual(await viewer.hears('close'), { kind: 'close', code: 4401, reason: 'the token has expired', clean: true })
    })

    it('is told when the server goes, comes back by itself, and is shown what is then', async () => {
        const { red } = await start()
        const page = await open(`${red.url}/devices`)
        const [device, viewer] = [await page.socket('/update/', { again: 200 }), await page.socket('/client/', { again: 200 })]
        await device.hears('open')
        await device.send('0001:0001:{"battery": 1}')
        await device.hears('message', 2)
        await viewer.until(isInit)
        await o.red.stop()
        for (const socket of [device, viewer])
            assert.deepEqual(await socket.hears('close'), { kind: 'close', code: 1012, reason: 'restarting', clean: true })
        // Meanwhile it tries in vain, as often as it likes.
        assert.deepEqual(await viewer.hears('close', 2), NOBODY)
        const from = viewer.frames.length
        await o.again()
        await viewer.hears('open', 2)
        await device.hears('open', 2)
        assert.match((await viewer.until(() => true, from)).message, /^Welcome/)
        const { message } = await viewer.until(isInit, from)
        assert.deepEqual([message.length, message[0].serial_number, message[0].battery], [1, '0001', 1])
        await device.send('0002:0001:{"battery": 2}')
        assert.equal(readTold(await viewer.until(({ type }) => type === 'UPDT', from))!.set.battery, 2)
    })

    it('comes back after the server was cut off in the middle', async () => {
        const { red } = await start()
        const page = await open(`${red.url}/devices`)
        const viewer = await page.socket('/client/', { again: 200 })
        await viewer.until(isInit)
        await o.red.kill()
        assert.deepEqual(await viewer.hears('close'), NOBODY)
        await o.again()
        await viewer.hears('open', 2)
        await viewer.until(isInit, viewer.frames.findIndex((text) => isInit(JSON.parse(text))) + 1)
    })
})

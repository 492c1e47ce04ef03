import assert from 'node:assert/strict'
import type { Browser, Page } from 'playwright-core'
import type { Frame } from '../../web/observer/view-client.ts'
import { openChromium } from '../support/chromium.ts'
import { FleetObserver, reports } from '../support/fleet-observer.ts'
import type { Frames } from '../support/frames.ts'
import { StallingProxy } from '../support/stalling-proxy.ts'

/** The observer page in a real Chromium, before the real example, behind a proxy that stops passing bytes. The page's clock is moved by hand. */

describe('the observer page behind a connection that dies silently', () => {
    let observer: FleetObserver
    let device: Frames
    let browser: Browser
    let proxy: StallingProxy
    let page: Page
    /** What the page said and heard. */
    let frames: { said?: { type: string }; heard?: Frame }[]

    before(async () => {
        ;[observer, browser] = await Promise.all([FleetObserver.start(), openChromium()])
        device = await observer.connect('/update/')
        await reports(device, '0001', '0001', { battery: 100 })
    })
    after(async () => {
        await browser?.close()
        await observer?.stop()
    })
    beforeEach(async () => {
        proxy = await StallingProxy.open(observer.red.port)
        const context = await browser.newContext({ locale: 'en-US', viewport: { width: 1000, height: 700 } })
        page = await context.newPage()
        frames = []
        page.on('websocket', (socket) => {
            socket.on('framesent', ({ payload }) => frames.push({ said: JSON.parse(String(payload)) }))
            socket.on('framereceived', ({ payload }) => frames.push({ heard: JSON.parse(String(payload)) }))
        })
        await page.clock.install()
        await page.goto(`http://127.0.0.1:${proxy.port}/socketworks/observer/`)
        await page.getByText('1 of 1 devices').waitFor()
        // From here on time passes only where a test says so.
        await page.clock.pauseAt(await page.evaluate(() => Date.now() + 500))
    })
    afterEach(async () => {
        await page.context().close()
        proxy.close()
    })

    const state = (text: string) => page.locator('.state').filter({ hasText: text }).waitFor()
    /** Lets time pass until that is its state, or what comes after it, which may come before anybody looks. */
    const becomes = async (text: string, within: number, next = text) => {
        const isSo = (now: string | null) => now?.includes(text) || now?.includes(next)
        for (let passed = 0; !isSo(await page.locator('.state').textContent()); passed += 250) {
            assert.ok(passed < within, `${text} within ${within} ms`)
            await page.clock.runFor(250)
        }
    }
    const age = async () => Number(/^as of (\d+) s ago$/.exec((await page.locator('.age').textContent()) ?? '')?.[1])
    const photographed = async (name: string) => {
        for (const colorScheme of ['light', 'dark'] as const) {
            await page.emulateMedia({ colorScheme })
            await page.clock.runFor(350)
            await page.locator('device-panel .trend canvas').waitFor()
            if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name}-${colorScheme}.png` })
        }
    }
    const shows = (battery: number) =>
        page
            .locator('.tabulator-row[data-id="0001"]')
            .filter({ hasText: String(battery) })
            .waitFor()

    it('says so within 30 s, with the age of its data, and goes on where it was', async () => {
        await page.clock.runFor(500)
        await page.getByText('100').first().click()
        await page.clock.runFor(500)
        await page.locator('device-panel').waitFor()
        proxy.stall()
        await becomes('Not connected (the server does not answer)', 30_000)
        const first = await age()
        assert.ok(first >= 20 && first < 30, String(first))
        await photographed('silent')
        assert.equal(frames.filter(({ said }) => said?.type === 'history').length, 1)
        // Whatever it tries hangs, too.
        await becomes('Connecting', 2000)
        await becomes('Not connected', 10_500)
        assert.ok((await age()) >= first + 10)
        await reports(device, '0002', '0001', { battery: 200 })
        proxy.resume()
        const before = frames.length
        await becomes('Connecting', 3000, 'Live')
        await state('Live')
        // Time is what draws the news.
        while (!frames.slice(before).some(({ heard }) => heard?.kind === 'upsert')) await page.clock.runFor(10)
        await page.clock.runFor(500)
        await shows(200)
        assert.equal(await page.locator('.age').count(), 0)
        await photographed('live-again')
        const news = frames.slice(before)
        assert.equal(news.find(({ said }) => said)?.said?.type, 'resume')
        assert.deepEqual(
            news.flatMap(({ heard }) => (heard?.kind === 'snapshot' ? heard.recovered : [])),
            [true],
        )
    })

    it('stays live while nothing happens, and asks no flow whether it is', async () => {
        const pongs = () => frames.filter(({ heard }) => heard?.kind === 'pong').length
        for (let n = 1; n <= 4; n++) {
            await page.clock.runFor(10_000)
            while (pongs() < n) await page.clock.runFor(10)
        }
        await state('Live')
        const others = frames.filter(({ heard }) => heard && heard.kind !== 'pong' && heard.kind !== 'snapshot')
        assert.deepEqual(others, [])
    })

    for (const [event, target] of [
        ['online', 'window'],
        ['visibilitychange', 'document'],
    ] as const)
        it(`looks at once on ${event}: at the connection, or for another one`, async () => {
            const happens = () =>
                page.evaluate(([name, on]) => (on === 'window' ? window : document).dispatchEvent(new Event(name)), [
                    event,
                    target,
                ] as const)
            proxy.stall()
            await happens()
            await becomes('Not connected (the server does not answer)', 4500)
            proxy.resume()
            // No time passes: it is no attempt that was due.
            await happens()
            await state('Live')
        })
})

import assert from 'node:assert/strict'
import type { Locator } from 'playwright-core'
import { costText, energyText } from '../../web/sockets/format.ts'
import { barriers } from '../support/axe.ts'
import { example } from '../support/service.ts'
import { SocketsPage } from '../support/sockets-page.ts'

/** The plot of the sockets page with its time line, and the list of instances. */
describe('the sockets page, over time', function () {
    this.timeout(60_000)
    let s: SocketsPage
    let flows: object[]
    before(async () => {
        flows = (await example('smart-socket-service')).map((node) =>
            Reflect.get(node, 'id') === 'socketworks.socket' ? { ...node, tariff: '100' } : node,
        )
        s = await SocketsPage.start({ flows, env: { SOCKET_INTERVAL: '0.1' } })
        s.service.plug.setPower(3000)
    })
    after(() => s.close())
    afterEach(() => s.service.calm())

    const run = async (): Promise<any> => {
        const { id } = (await s.service.post('/api/instance')).body.instance
        await s.service.until(async () => (await s.service.get(`/api/instance/${id}`)).body.instance.summary.energyWh > 0.4)
        return (await s.service.put(`/api/instance/${id}`)).body.instance
    }
    const figure = (name: string) => s.page.locator('.figures div', { has: s.page.getByText(name, { exact: true }) }).locator('dd')
    const points = (least: number) =>
        s.page.waitForFunction((wanted) => Number(document.querySelector<HTMLElement>('.plot')?.dataset.points) >= wanted, least)
    const box = async (locator: Locator) => (await locator.boundingBox())!
    const over = () => s.page.locator('.plot .u-over')
    const rows = () => s.page.locator('.instances tbody tr')

    it('shows what was used before, in a line and in bars, in figures and by whom', async () => {
        const { summary } = await run()
        await s.open()
        await points(1)
        await figure('Greatest').filter({ hasText: '3,000 W' }).waitFor()
        // A late reading may correct what was used: then the page is made ask again.
        await s.service.until(async () => {
            // Whole minutes, as the page asks for: of one that is cut off, only a part counts.
            const { total } = (await s.service.get(`/api/energy?to=${Math.ceil(Date.now() / 60_000) * 60_000}`)).body
            if ((await figure('Energy').textContent()) === energyText(total.kWh * 1000)) return true
            await s.button('1 h').click()
            return false
        })
        await s.button('Energy').click()
        await points(1)
        // Not of all sockets that are kept together.
        const asked = s.page.waitForRequest(
            (request) => request.url().includes('/api/energy?') && request.url().endsWith('&socket=smart+socket'),
        )
        for (const span of ['15 min', '7 d', '30 d', '1 year']) {
            await s.button(span).click()
            await points(1)
        }
        await asked
        await rows()
            .first()
            .filter({ hasText: /Wh/ })
            .filter({ hasText: costText(summary.cost) })
            .waitFor()
        assert.deepEqual(s.faults, [])
    })

    it('goes on live, and shows who runs on the time line', async () => {
        await run()
        await s.open()
        await rows().first().waitFor()
        const before = await rows().count()
        await s.service.post('/api/instance')
        await s.page.locator('.stripe.running').waitFor()
        assert.equal(await rows().count(), before + 1)
        await points(2)
        await rows()
            .first()
            .getByRole('button', { name: /^Stop the instance/ })
            .click()
        await s.state('Off')
        await s.page.locator('.stripe.running').waitFor({ state: 'detached' })
        assert.deepEqual(s.faults, [])
    })

    it('zooms to an instance, which is below where the plot shows its time', async () => {
        await run()
        await s.open()
        await rows()
            .first()
            .getByRole('button', { name: /^Zoom to the instance/ })
            .click()
        const stripe = s.page.locator('.stripe.selected')
        await stripe.waitFor()
        const [plot, bar] = await Promise.all([box(over()), box(stripe)])
        const { startTimestamp, stopTimestamp } = (await s.service.get('/api/instances?limit=1')).body.instances[0]
        const [from, to] = [Date.parse(startTimestamp), Date.parse(stopTimestamp)]
        // Shorter than a minute, it is shown in the middle of one.
        const begin = (from + to) / 2 - 30_000
        assert.ok(Math.abs(bar.x - (plot.x + (plot.width * (from - begin)) / 60_000)) < 2, `${bar.x} in ${plot.x}, ${plot.width}`)
        await s.button('Zoom out').click()
        await s.button('Zoom out').waitFor({ state: 'detached' })
    })

    it('is zoomed by dragging, with a mouse or a finger, and moved by keys', async () => {
        await s.open({ hasTouch: true })
        await s.says('Live')
        const { x, y, width, height } = await box(over())
        const time = s.page.locator('.figures .time dd')
        const whole = await time.textContent()
        await s.page.mouse.move(x + width * 0.5, y + height / 2)
        await s.page.mouse.down()
        await s.page.mouse.move(x + width * 0.75, y + height / 2, { steps: 5 })
        await s.page.mouse.up()
        await s.button('Zoom out').waitFor()
        assert.notEqual(await time.textContent(), whole)
        await s.page.locator('.plot').press('Escape')
        await s.button('Zoom out').waitFor({ state: 'detached' })
        await over().evaluate(
            (element, { x, y }) => {
                const at = (type: string, clientX: number) =>
                    element.dispatchEvent(new PointerEvent(type, { pointerType: 'touch', clientX, clientY: y, bubbles: true }))
                at('pointerdown', x + 100)
                at('pointermove', x + 300)
                at('pointerup', x + 300)
            },
            { x, y: y + 50 },
        )
        await s.button('Zoom out').waitFor()
        await s.page.locator('.plot').press('End')
        await s.button('Zoom out').waitFor({ state: 'detached' })
        await s.page.locator('.plot').press('ArrowLeft')
        await s.button('Now').waitFor()
        await s.page.locator('.plot').press('ArrowRight')
        await s.button('Now').waitFor({ state: 'detached' })
        assert.deepEqual(s.faults, [])
    })

    it('remembers how far back it shows, and what', async () => {
        await s.open()
        await s.button('7 d').click()
        await s.button('Energy').click()
        await s.page.reload()
        for (const name of ['7 d', 'Energy']) assert.equal(await s.button(name).getAttribute('aria-pressed'), 'true')
    })

    it('lists several services, and shows the one that is chosen', async () => {
        await s.open({}, '?api=/elsewhere/&api=/api/')
        const list = s.page.getByRole('navigation', { name: 'Sockets' })
        await list.getByRole('button', { name: /^Off smart socket 0 W/i }).click()
        await s.state('Off')
        await s.says('Live')
        await s.page.reload()
        await s.state('Off')
        assert.equal(
            await list
                .locator('[aria-current=true]')
                .textContent()
                .then((text) => /mart .ocket/.test(text ?? '')),
            true,
        )
    })

    for (const options of [
        { colorScheme: 'dark' },
        { locale: 'de-DE', viewport: { width: 390, height: 844 } },
        { viewport: { width: 320, height: 256 } },
    ] as const)
        it(`keeps nobody out, ${JSON.stringify(options)}`, async () => {
            await run()
            await s.service.post('/api/instance')
            await s.open(options)
            await rows().first().waitFor()
            await s.page.locator('.chip.on').waitFor()
            assert.deepEqual(await barriers(s.page), [])
            assert.ok((await s.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0)
        })

    it('says what is missing in a flow without GET /api/energy, and shows what comes in', async () => {
        await s.service.red.deploy(flows.filter((node) => Reflect.get(node, 'url') !== '/api/energy'))
        await s.service.heard()
        await s.open()
        await s.says(/^Only what comes in while this page is open is shown: the flow has no GET \/api\/energy\. The node “energy report”/)
        await s.service.post('/api/instance')
        await points(1)
    })
})

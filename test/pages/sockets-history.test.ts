import assert from 'node:assert/strict'
import type { Locator } from 'playwright-core'
import { barriers } from '../support/axe.ts'
import { SocketsPage } from '../support/sockets-page.ts'

/** The plot of the sockets page with its time line, and the list of instances. */
describe('the sockets page, over time', function () {
    this.timeout(60_000)
    let s: SocketsPage
    before(async () => {
        s = await SocketsPage.start()
        s.service.plug.setPower(1200)
    })
    after(() => s.close())
    afterEach(() => s.service.calm())

    const run = async (): Promise<any> => {
        const { body } = await s.service.post('/api/instance')
        return (await s.service.put(`/api/instance/${body.instance.id}`)).body.instance
    }
    const box = async (locator: Locator) => (await locator.boundingBox())!
    const over = () => s.page.locator('.plot .u-over')
    const rows = () => s.page.locator('.instances tbody tr')

    it('draws what comes in, and shows who runs in the list and on the time line', async () => {
        const past = await run()
        await s.open()
        await rows().first().waitFor()
        await s.service.post('/api/instance')
        await s.page.locator('.stripe.running').waitFor()
        assert.equal(await rows().count(), 2)
        await s.page.waitForFunction(() => Number(document.querySelector<HTMLElement>('.plot')?.dataset.points) > 0)
        const text = await rows().nth(1).textContent()
        assert.match(text ?? '', /Wh/)
        assert.ok(past.summary.energyWh >= 0)
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
        { viewport: { width: 390, height: 844 } },
        { viewport: { width: 320, height: 256 } },
    ] as const)
        it(`keeps nobody out, ${JSON.stringify(options)}`, async () => {
            await run()
            await s.service.post('/api/instance')
            await s.open(options)
            await rows().first().waitFor()
            await s.state('On')
            assert.deepEqual(await barriers(s.page), [])
            assert.ok((await s.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0)
        })
})

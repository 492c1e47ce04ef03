import assert from 'node:assert/strict'
import { eachOnAPage, type Observer } from '../support/observer.ts'

/** Whether everybody can read and reach what the observer page shows, in a real Chromium. */

describe('the looks of the observer page', () => {
    let o: Observer
    eachOnAPage((given) => {
        o = given
    })

    /** The contrast of two of the page's colours, by WCAG 2. */
    const contrast = (one: string, other: string) =>
        o.page.evaluate(
            (names) => {
                const probe = document.body.appendChild(document.createElement('i'))
                const [bright, dark] = names
                    .map((name) => {
                        probe.style.color = `var(--${name})`
                        const parts = getComputedStyle(probe)
                            .color.match(/[\d.]+/g)!
                            .map((part) => Number(part) / 255)
                        const [r, g, b] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
                        return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
                    })
                    .sort((a, b) => b - a)
                probe.remove()
                return (bright! + 0.05) / (dark! + 0.05)
            },
            [one, other],
        )

    for (const colorScheme of ['light', 'dark'] as const)
        it(`have contrast enough where it is ${colorScheme}`, async () => {
            await o.open()
            await o.page.emulateMedia({ colorScheme })
            for (const ground of ['page', 'surface', 'hover'])
                for (const text of ['text', 'quiet', 'accent', 'good', 'warn', 'bad']) {
                    const found = await contrast(text, ground)
                    assert.ok(found >= 4.5, `${text} on ${ground}: ${found.toFixed(2)}`)
                }
            assert.ok((await contrast('text', 'flash')) >= 4.5, 'text on flash')
            for (const ground of ['page', 'surface']) assert.ok((await contrast('edge', ground)) >= 3, `edge on ${ground}`)
        })

    it('do not move for those who do not want that, until they say so', async () => {
        const { page } = await openWith({ reducedMotion: 'reduce' })
        assert.equal(await page.getByLabel('Flash changes').isChecked(), false)
        await page.getByLabel('Theme').selectOption('dark')
        await page.emulateMedia({ reducedMotion: 'no-preference' })
        await page.reload()
        await page.getByText('300 of 300 devices').waitFor()
        assert.equal(await page.getByLabel('Flash changes').isChecked(), true)
        await page.context().close()
    })

    async function openWith(options: object) {
        const context = await o.browser.newContext({ locale: 'en-US', viewport: { width: 1400, height: 900 }, ...options })
        const page = await context.newPage()
        await page.goto(o.server.url)
        await page.getByText('300 of 300 devices').waitFor()
        return { page }
    }

    it('tell what became of a value in words that stay, and to those who only hear', async () => {
        await o.open()
        await o.cell('0003', 'country').dblclick()
        await o.page.getByLabel('country of 0003, new value').fill('FR')
        await o.page.keyboard.press('Enter')
        const { request } = await o.server.next('set')
        await o.page.getByRole('status').filter({ hasText: 'country of 0003: pending' }).waitFor()
        const before = await o.page.locator('.table').boundingBox()
        o.server.say({ kind: 'set', request, state: 'failed', message: 'the device is away, and nobody knows for how long' })
        const alert = o.page
            .getByRole('alert')
            .filter({ hasText: 'country of 0003: failed: the device is away, and nobody knows for how long' })
        await alert.locator('.trouble').waitFor()
        assert.deepEqual(await o.page.locator('.table').boundingBox(), before)
        assert.equal(await o.cell('0003', 'country').getAttribute('title'), 'failed: the device is away, and nobody knows for how long')
        await alert.getByRole('button', { name: 'Close' }).click()
        await o.page.locator('.trouble').waitFor({ state: 'detached' })
        assert.deepEqual(o.faults, [])
    })

    it('tell the state of the connection, and let nobody wait who does not want to', async () => {
        o.server.token = 'a'
        await o.open({ seen: 'Cannot connect' })
        assert.equal(await o.page.getByText('0 of 0 devices').count(), 0)
        const before = await o.page.locator('.table').boundingBox()
        o.server.token = ''
        await o.page.getByRole('button', { name: 'Try now' }).click()
        await o.page.getByRole('status').filter({ hasText: 'Live' }).waitFor()
        await o.page.getByText('300 of 300 devices').waitFor()
        assert.deepEqual(await o.page.locator('.table').boundingBox(), before)
    })

    it('tell whether there is nothing or nothing that fits', async () => {
        o.server.rows = []
        await o.open({ seen: 'No device to show yet' })
        await o.page.goto(`${o.server.url}?again#filter=battery:gt:7`)
        await o.page.getByText('No device matches the filters.').waitFor()
    })

    it('keep the focus of those who add filters and move columns with the keyboard', async () => {
        await o.open()
        const focused = () =>
            o.page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent?.trim())
        const reaches = (label: string) =>
            o.page.waitForFunction(
                (wanted) => (document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent?.trim()) === wanted,
                label,
            )
        await o.page.getByRole('button', { name: 'Filters' }).click()
        await o.page.getByRole('button', { name: 'Add filter' }).press('Enter')
        await reaches('Property')
        await o.page.getByRole('button', { name: 'Remove filter 1' }).press('Enter')
        await reaches('Add filter')
        await o.page.getByRole('button', { name: 'Columns' }).click()
        await o.page.getByRole('button', { name: 'Move power_income forward' }).press('Enter')
        // It is the first one now, which goes no further.
        await reaches('Move power_income back')
        await o.page.keyboard.press('Enter')
        await o.page.keyboard.press('Enter')
        await reaches('Move power_income back')
        await o.page.keyboard.press('Escape')
        assert.equal(await focused(), 'Columns')
        const order = ['Serial number', 'Last update', 'battery', 'power_income', 'country', 'charging']
        await o.columns(order)
    })

    it('are the same for odd values: moments by the local clock, all else as it was sent', async () => {
        const odd = [
            '2024-03-11T00:43:33.256667Z',
            '2026-03-17 14:59:13.047',
            0.1 + 0.2,
            'ערך',
            '\u202Egnp',
            'x'.repeat(3000),
            '2024-99-99T00:00:00Z',
        ]
        o.server.rows = odd.map((value, n) => ({ id: `d${n}`, columns: { odd: value, digits: 12_345_678.9 } }))
        o.server.columns = ['serial_number', 'odd', 'digits']
        const context = await o.browser.newContext({ locale: 'de-DE', timezoneId: 'Asia/Tokyo', viewport: { width: 1400, height: 900 } })
        o.page = await context.newPage()
        await o.page.goto(o.server.url)
        await o.page.getByText('7 von 7 Geräten').waitFor()
        await o.titles()
        const texts = await Promise.all(odd.map((_, n) => o.cell(`d${n}`, 'odd').textContent()))
        assert.deepEqual(texts, ['11.03.2024, 09:43:33', ...odd.slice(1).map(String)])
        assert.equal(await o.cell('d0', 'odd').getAttribute('title'), odd[0])
        await o.cell('d0', 'odd').dblclick()
        assert.equal(await o.page.getByLabel('odd von d0, neuer Wert').inputValue(), odd[0])
        await o.page.keyboard.press('Escape')
        assert.equal(await o.cell('d0', 'digits').evaluate((cell) => getComputedStyle(cell).textAlign), 'right')
        assert.ok((await o.cell('d5', 'odd').boundingBox())!.width <= 260)
        await o.cell('d5', 'odd').click()
        await o.page.locator('device-panel .value').waitFor()
        const sizes = await o.page.locator('device-panel').evaluate((panel) => [panel.scrollWidth, panel.clientWidth])
        assert.ok(sizes[0]! <= sizes[1]!, `${sizes}`)
    })

    for (const [width, height] of [
        [700, 450],
        [320, 256],
    ] as const)
        it(`fit ${width} × ${height}, which is what is left of a window when it is enlarged`, async () => {
            await o.open()
            await o.page.setViewportSize({ width, height })
            // The table is drawn anew when the window changes, and what is clicked meanwhile is not there any more.
            await o.page.reload()
            await o.page.getByText('300 of 300 devices').waitFor()
            await o.page.getByRole('button', { name: 'Filters' }).click()
            await o.page.getByRole('button', { name: 'Add filter' }).click()
            await o.page.getByRole('button', { name: 'Columns' }).click()
            await o.cell('0002', 'Serial number').click()
            await o.page.locator('device-panel .trend canvas').waitFor()
            const { wide, table, panel } = await o.page.evaluate(() => ({
                wide: document.documentElement.scrollWidth - innerWidth,
                table: document.querySelector('.table')!.getBoundingClientRect().height,
                panel: document.querySelector('device-panel')!.getBoundingClientRect().top,
            }))
            assert.ok(wide <= 0, `${wide} too wide`)
            assert.ok(table >= 250 && table <= 350, `the table is ${table} high`)
            assert.ok(panel < height, `the device is ${panel} below the top`)
            assert.deepEqual(o.faults, [])
        })
})

import assert from 'node:assert/strict'
import { eachOnAPage, type Observer } from '../support/observer.ts'

/** The observer page in a real Chromium, against real WebSockets whose other end says what a test wants it to say. */

describe('the observer page, for everybody', () => {
    let o: Observer
    eachOnAPage((given) => {
        o = given
    })

    it('columns are hidden and put in another order, also for the next time', async () => {
        await o.open()
        await o.page.getByRole('button', { name: 'Columns' }).click()
        await o.page.getByLabel('Show charging').uncheck()
        await o.page.getByRole('button', { name: 'Move country forward' }).click()
        await o.page.getByRole('button', { name: 'Move country forward' }).click()
        const order = ['Serial number', 'Last update', 'country', 'power_income', 'battery']
        await o.columns(order)
        await o.page.reload()
        await o.page.getByText('300 of 300 devices').waitFor()
        assert.deepEqual(await o.titles(), order)
        assert.deepEqual(o.faults, [])
    })

    it('a token is asked for, sent as a subprotocol and kept in the tab only', async () => {
        o.server.token = 'a.b-c_d'
        await o.open({ seen: 'A token may be needed' })
        await o.page.getByRole('button', { name: 'Access' }).click()
        await o.page.getByLabel('Token').fill('so geht es nicht')
        await o.page.getByRole('button', { name: 'Connect' }).click()
        await o.page.getByText('characters that cannot be sent').waitFor()
        await o.page.getByLabel('Token').fill('a.b-c_d')
        await o.page.getByRole('button', { name: 'Connect' }).click()
        await o.page.getByText('300 of 300 devices').waitFor()
        assert.deepEqual(o.server.offers.at(-1), ['socketworks.view.1', 'bearer.a.b-c_d'])
        assert.equal(await o.page.evaluate(() => JSON.stringify({ ...localStorage }).includes('a.b-c_d')), false)
        await o.page.reload()
        await o.page.getByText('300 of 300 devices').waitFor()
    })

    it('a browser that stores nothing shows the page all the same, and forgets the token', async () => {
        o.server.token = 'secret'
        const context = await o.browser.newContext({ locale: 'en-US' })
        await context.addInitScript(() => {
            for (const storage of ['localStorage', 'sessionStorage'])
                Object.defineProperty(window, storage, {
                    get() {
                        throw new DOMException('denied', 'SecurityError')
                    },
                })
        })
        const page = await context.newPage()
        await page.goto(o.server.url)
        await page.getByRole('button', { name: 'Access' }).click()
        await page.getByLabel('Token').fill('secret')
        await page.getByRole('button', { name: 'Connect' }).click()
        await page.getByText('300 of 300 devices').waitFor()
        await page.reload()
        await page.getByText('Cannot connect').waitFor()
        await context.close()
    })

    it('what devices send is text, whatever it looks like', async () => {
        const evil = '<img src=x onerror="document.title=\'pwned\'">'
        o.server.rows = [JSON.parse(`{"id":${JSON.stringify(evil)},"columns":{"__proto__":"p","a.b":"dot","constructor":"c"}}`)]
        o.server.rows[0]!.columns[evil] = evil
        o.server.columns = ['serial_number', '__proto__', 'a.b', 'constructor', evil]
        await o.open({ seen: '1 of 1 devices' })
        const row = o.page.locator('.tabulator-row')
        await o.page.waitForFunction(() => document.querySelector('.tabulator-row')?.children.length)
        assert.deepEqual(await row.locator('.tabulator-cell').allTextContents(), [evil, 'p', 'dot', 'c', evil])
        assert.deepEqual(await o.titles(), ['Serial number', '__proto__', 'a.b', 'constructor', evil])
        await row.locator('.tabulator-cell').last().click()
        await o.page.getByRole('heading', { name: `Device ${evil}` }).waitFor()
        assert.equal(await o.page.locator('img').count(), 0)
        assert.equal(await o.page.title(), 'Fleet observer')
        assert.deepEqual(o.faults, [])
    })

    it('all of it works with the keyboard, also while rows move', async () => {
        await o.open()
        await o.page.locator('.tabulator-tableholder').focus()
        await o.page.keyboard.press('ArrowDown')
        for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight', 'ArrowRight', 'ArrowRight']) await o.page.keyboard.press(key)
        assert.deepEqual(await o.focused(), ['0002', '102'])
        o.server.tell({ kind: 'move', id: '0002', index: 5 }, { kind: 'remove', id: '0000', why: 'left' })
        await o.page.locator('[data-id="0000"]').waitFor({ state: 'detached' })
        assert.deepEqual(await o.focused(), ['0002', '102'])
        await o.page.keyboard.press('F2')
        await o.page.getByLabel('battery of 0002, new value').fill('8')
        await o.page.keyboard.press('Enter')
        assert.equal((await o.server.next('set')).value, 8)
        assert.equal((await o.focused())[0], '0002')
        await o.page.keyboard.press('Enter')
        await o.page.getByRole('heading', { name: 'Device 0002' }).waitFor()
        await o.page.keyboard.press('Escape')
        await o.page.getByRole('heading', { name: 'Device 0002' }).waitFor({ state: 'detached' })
        assert.equal((await o.focused())[0], '0002')
        for (const id of ['0015', '0025', '0035', '0045']) {
            await o.page.keyboard.press('PageDown')
            await o.page.locator(`[data-id="${id}"] .tabulator-cell:focus`).waitFor({ timeout: 5000 })
        }
        await o.page.keyboard.press('Shift+Tab')
        await o.page.keyboard.press('Shift+Tab')
        assert.equal(await o.page.evaluate(() => document.activeElement?.className), 'sort')
        assert.deepEqual(o.faults, [])
    })

    it('fits a phone, where the device takes the lower half', async () => {
        await o.open()
        await o.page.setViewportSize({ width: 390, height: 780 })
        await o.cell('0003', 'power_income').click()
        await o.page.locator('device-panel .trend canvas').waitFor()
        if (process.env.SHOTS) await o.page.screenshot({ path: `${process.env.SHOTS}/phone-panel.png` })
        const widths = await o.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
        assert.ok(widths[0]! <= widths[1]!, `${widths}`)
        const [panel, table] = [(await o.page.locator('device-panel').boundingBox())!, (await o.page.locator('.table').boundingBox())!]
        assert.ok(panel.y >= table.y + table.height - 1 && table.height > 150, JSON.stringify({ panel, table }))
        await o.page.locator('.tabulator-tableholder').evaluate((holder) => holder.scrollTo(400, 0))
        assert.ok((await o.cell('0003', 'Serial number').boundingBox())!.x < 60, 'the serial number stays in sight')
        await o.page.getByRole('button', { name: 'Close' }).click()
        await o.page.getByRole('button', { name: 'Filters' }).click()
        await o.page.getByRole('button', { name: 'Add filter' }).click()
        assert.ok((await o.page.getByRole('button', { name: 'Remove filter 1' }).boundingBox())!.x < 370)
        assert.deepEqual(o.faults, [])
    })

    it('is light and dark as the system is, or as it is told', async () => {
        await o.open()
        const background = () => o.page.locator('.table').evaluate((element) => getComputedStyle(element).backgroundColor)
        assert.equal(await background(), 'rgb(255, 255, 255)')
        await o.page.emulateMedia({ colorScheme: 'dark' })
        assert.equal(await background(), 'rgb(29, 33, 40)')
        await o.page.getByLabel('Theme').selectOption('light')
        assert.equal(await background(), 'rgb(255, 255, 255)')
        await o.page.getByLabel('Theme').selectOption('dark')
        await o.page.emulateMedia({ colorScheme: 'light' })
        assert.equal(await background(), 'rgb(29, 33, 40)')
        await o.cell('0003', 'battery').click()
        await o.page.locator('device-panel .trend canvas').waitFor()
    })

    it('speaks German to those who read German', async () => {
        await o.open({ locale: 'de-AT', seen: '300 von 300 Geräten' })
        assert.equal(await o.page.title(), 'Flottenbeobachter')
        assert.equal(await o.page.locator('html').getAttribute('lang'), 'de')
        await o.page.getByRole('button', { name: 'Spalten' }).click()
        await o.page.getByLabel('battery anzeigen').waitFor()
        assert.deepEqual(o.faults, [])
    })

    it('says how many devices were refused because nobody knows them, until that is over', async () => {
        await o.open()
        const said = o.page.locator('.unregistered')
        assert.equal(await said.count(), 0)
        o.server.say({ kind: 'unregistered', devices: 2 })
        await o.page.getByText('Unknown devices refused: 2').waitFor()
        o.server.say({ kind: 'unregistered', devices: 0 })
        await said.waitFor({ state: 'detached' })
        o.server.say({ kind: 'unregistered', devices: 3 })
        await said.waitFor()
        o.server.cut()
        await said.waitFor({ state: 'detached' })
        assert.equal(await o.cell('0001', 'country').textContent(), 'AT')
        assert.deepEqual(o.faults, [])
    })

    it('connects where ?ws= says, but to no other host', async () => {
        await o.open({ query: '?ws=/red/client/' })
        await o.page.goto(`${o.server.url}?ws=//127.0.0.2:1/elsewhere`)
        await o.page.getByText('300 of 300 devices').waitFor()
    })

    it('is served with an etag, under a policy that lets nothing else in', async () => {
        const [html, bare, script, other] = await Promise.all([
            fetch(o.server.url),
            fetch(`${o.server.url.slice(0, -1)}?ws=/x`, { redirect: 'manual' }),
            fetch(`${o.server.url}main.js`),
            fetch(`${o.server.url}..%2f..%2fpackage.json`),
        ])
        assert.match(html.headers.get('content-security-policy') ?? '', /default-src 'none'.*script-src 'self'/)
        assert.deepEqual([bare.status, bare.headers.get('location'), other.status], [302, 'observer/?ws=/x', 404])
        const etag = script.headers.get('etag') ?? ''
        assert.equal((await fetch(`${o.server.url}main.js`, { headers: { 'if-none-match': etag } })).status, 304)
        await Promise.all([html.text(), script.text()])
    })
})

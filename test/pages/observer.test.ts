import assert from 'node:assert/strict'
import { eachOnAPage, type Observer, pad } from '../support/observer.ts'

const now = () => new Date().toISOString()

/** The observer page in a real Chromium, against real WebSockets whose other end says what a test wants it to say. */

describe('the observer page', () => {
    let o: Observer
    eachOnAPage((given) => {
        o = given
    })

    it('shows 300 devices that change, drawing only those in sight', async () => {
        await o.open()
        assert.deepEqual(await o.titles(), ['Serial number', 'Last update', 'power_income', 'battery', 'country', 'charging'])
        assert.equal(await o.cell('0001', 'country').textContent(), 'AT')
        assert.ok((await o.ids()).length < 90)
        for (let round = 1; round <= 20; round++)
            for (let n = 0; n < 300; n++)
                o.server.tell({
                    kind: 'upsert',
                    id: pad(n),
                    patch: { power_income: n + round * 1000, last_status_update: now() },
                    isNew: false,
                })
        await o.shows('0007', '20007')
        assert.equal(await o.cell('0007', 'power_income').textContent(), '20007')
        assert.equal(await o.cell('0007', 'battery').textContent(), '107')
        await o.page.locator('.tabulator-tableholder').evaluate((holder) => holder.scrollTo(0, holder.scrollHeight))
        await o.page.locator('[data-id="0299"]').waitFor()
        assert.equal(await o.cell('0299', 'power_income').textContent(), '20299')
        assert.deepEqual(o.faults, [])
    })

    it('rows come, go and move one by one, and columns appear, without the table being built anew', async () => {
        await o.open()
        await o.page.locator('.tabulator-row[data-id="0002"]').evaluate((row) => row.setAttribute('data-still', 'here'))
        o.server.tell(
            { kind: 'remove', id: '0001', why: 'left' },
            { kind: 'upsert', id: 'new', patch: { battery: 5 }, index: 1, isNew: true },
            { kind: 'move', id: '0005', index: 0 },
            { kind: 'move', id: '0000', index: 3 },
            { kind: 'count', total: 301 },
        )
        await o.page.getByText('300 of 301 devices').waitFor()
        assert.deepEqual((await o.ids()).slice(0, 6), ['0005', 'new', '0002', '0000', '0003', '0004'])
        assert.equal(await o.page.locator('.tabulator-row[data-id="0002"]').getAttribute('data-still'), 'here')
        o.server.tell(
            { kind: 'upsert', id: '0002', patch: { software_version: 'v2' }, isNew: false },
            { kind: 'columns', columns: [...o.server.columns, 'software_version'] },
        )
        await o.page.getByRole('button', { name: 'software_version' }).waitFor()
        assert.equal(await o.cell('0002', 'software_version').textContent(), 'v2')
        assert.deepEqual(o.faults, [])
    })

    it('changed cells flash, unless that is switched off', async () => {
        await o.open()
        const flashes = () => o.cell('0001', 'battery').evaluate((element) => element.getAnimations().length)
        o.server.tell({ kind: 'upsert', id: '0001', patch: { battery: 1 }, isNew: false })
        // It is over soon.
        await o.page.waitForFunction(() => {
            const flashing = document.querySelector('[data-id="0001"]')?.getAnimations({ subtree: true }) ?? []
            return flashing.length === 1 && (flashing[0]!.effect as KeyframeEffect).target?.textContent === '1'
        })
        await o.page.getByLabel('Flash changes').uncheck()
        o.server.tell({ kind: 'upsert', id: '0001', patch: { battery: 'off' }, isNew: false })
        await o.shows('0001', 'off')
        await o.cell('0001', 'battery').evaluate((element) => Promise.all(element.getAnimations().map(({ finished }) => finished)))
        o.server.tell({ kind: 'upsert', id: '0001', patch: { battery: 'still' }, isNew: false })
        await o.shows('0001', 'still')
        assert.equal(await flashes(), 0)
    })

    it('filters, sorts and pages are asked of the server', async () => {
        await o.open()
        o.server.asked.length = 0
        await o.page.getByRole('button', { name: 'Filters' }).click()
        await o.page.getByRole('button', { name: 'Add filter' }).click()
        await o.page.getByLabel('Property').selectOption('battery')
        await o.page.getByLabel('Comparison').selectOption('>=')
        await o.page.getByLabel('Value').fill('120')
        await o.page.getByRole('button', { name: 'Add filter' }).click()
        await o.page.getByLabel('Comparison').nth(1).selectOption('silent')
        await o.page.getByLabel('Value').nth(1).fill('300')
        const filter = [
            { property: 'battery', op: '>=', value: '120' },
            { property: 'last_status_update', op: 'silent', value: '300' },
        ]
        let view = await o.server.next('view')
        while (view.filter.length < 2) view = await o.server.next('view')
        assert.deepEqual(view, { type: 'view', filter, sort: [], offset: 0 })

        await o.page.getByRole('button', { name: 'battery' }).click()
        assert.deepEqual((await o.server.next('view')).sort, [{ property: 'battery', direction: 'asc', as: 'auto' }])
        assert.equal(await o.page.getByRole('columnheader', { name: 'battery' }).getAttribute('aria-sort'), 'ascending')
        await o.page.getByRole('button', { name: 'Last update' }).click({ modifiers: ['Shift'] })
        await o.server.next('view')
        await o.page.getByRole('button', { name: 'battery' }).click({ modifiers: ['Shift'] })
        assert.deepEqual((await o.server.next('view')).sort, [
            { property: 'last_status_update', direction: 'asc', as: 'date' },
            { property: 'battery', direction: 'desc', as: 'auto' },
        ])

        await o.page.getByLabel('Rows').selectOption('20')
        assert.deepEqual(await o.server.next('view').then(({ offset, limit }) => [offset, limit]), [0, 20])
        await o.page.getByText('1–20 of 300').waitFor()
        await o.page.getByRole('button', { name: 'Next page' }).click()
        assert.deepEqual(await o.server.next('view').then(({ offset, limit }) => [offset, limit]), [20, 20])
        await o.page.getByText('21–40 of 300').waitFor()
        await o.row('0020').waitFor()
        assert.deepEqual((await o.ids()).slice(0, 2), ['0020', '0021'])
        assert.deepEqual(o.faults, [])
    })

    it('what the server refuses is told', async () => {
        await o.open()
        o.server.say({ kind: 'refused', code: 'BAD_INPUT', message: 'filter[0].value: must be <b>a number</b>' })
        await o.page.getByText('Refused: filter[0].value: must be <b>a number</b>').waitFor()
    })

    it('a click on a device shows a number of it as a trend that goes on', async () => {
        await o.open()
        await o.cell('0003', 'battery').click()
        const { id, property, seconds } = await o.server.next('history')
        assert.deepEqual([id, property, seconds], ['0003', 'battery', 300])
        const begin = Date.now() - 20_000
        const points = [0, 1, 2, 3, 4, 5].map((n) => ({ at: begin + n * 3000, value: n * n }))
        o.server.say({ kind: 'history', id, property, points })
        await o.page.locator('.trend[data-points="7"]').waitFor()
        o.server.tell({ kind: 'upsert', id: '0003', patch: { battery: 40 }, isNew: false })
        await o.page.locator('.trend[data-points="8"]').waitFor()
        await o.page.getByRole('img', { name: 'battery of the last 30 s, now 40' }).waitFor()
        if (process.env.SHOTS) await o.page.screenshot({ path: `${process.env.SHOTS}/trend.png` })
        await o.page.getByLabel('Property').selectOption('country')
        await o.page.getByText('country has no numbers to plot.').waitFor()
        assert.deepEqual(o.faults, [])
    })

    it('a cell is edited: the device is asked, and what becomes of it is shown', async () => {
        await o.open()
        await o.cell('0003', 'battery').dblclick()
        const input = o.page.getByLabel('battery of 0003, new value')
        await input.fill('77')
        o.server.tell({ kind: 'move', id: '0003', index: 0 }, { kind: 'upsert', id: '0003', patch: { power_income: 9 }, isNew: false })
        await o.page.evaluate(() => new Promise(requestAnimationFrame))
        assert.equal(await input.inputValue(), '77')
        await input.press('Enter')
        const asked = await o.server.next('set')
        assert.deepEqual([asked.id, asked.property, asked.value], ['0003', 'battery', 77])
        await o.page.locator('.mark.pending', { hasText: '77 pending' }).waitFor()
        o.server.say({ kind: 'set', request: asked.request, state: 'pending' })
        o.server.tell({ kind: 'upsert', id: '0003', patch: { battery: 77 }, isNew: false })
        o.server.say({ kind: 'set', request: asked.request, state: 'confirmed' })
        await o.page.locator('.mark.confirmed', { hasText: '77 confirmed' }).waitFor()
        await o.page.locator('.mark.confirmed').waitFor({ state: 'detached' })
        assert.equal(await o.page.locator('device-panel').count(), 0)
        assert.equal(await o.cell('0003', 'battery').textContent(), '77')
        assert.equal((await o.ids())[0], '0003')

        await o.cell('0003', 'country').dblclick()
        await o.page.getByLabel('country of 0003, new value').fill('FR')
        await o.page.keyboard.press('Enter')
        const second = await o.server.next('set')
        o.server.say({ kind: 'set', request: second.request, state: 'failed', message: 'the device is away' })
        await o.page.locator('.mark.failed', { hasText: 'failed: the device is away' }).waitFor()
        for (const [text, value] of [
            ['8949020000123456789', '8949020000123456789'],
            ['1.5', 1.5],
        ] as const) {
            await o.cell('0005', 'battery').dblclick()
            await o.page.getByLabel('battery of 0005, new value').fill(text)
            await o.page.keyboard.press('Enter')
            assert.equal((await o.server.next('set')).value, value)
        }
        await o.cell('0004', 'battery').dblclick()
        await o.page.keyboard.press('5')
        await o.page.keyboard.press('Escape')
        assert.equal(o.server.asked.filter(({ type }) => type === 'set').length, 0)
        await o.cell('0004', 'Serial number').dblclick()
        assert.equal(await o.page.locator('.tabulator-editing').count(), 0)
        assert.deepEqual(o.faults, [])
    })

    it('comes back by itself, and goes on where it was', async () => {
        await o.open()
        o.server.tell({ kind: 'upsert', id: '0000', patch: { battery: 1 }, isNew: false })
        await o.shows('0000', '1DE')
        o.server.resumed = ({ epoch, seq }) => {
            o.server.say({ kind: 'snapshot', epoch, seq, rows: [], total: 300, recovered: true, columns: o.server.columns })
            o.server.say({ kind: 'upsert', seq: seq + 1, id: '0000', patch: { battery: 'missed' }, isNew: false })
        }
        o.server.cut()
        await o.page.getByText('Not connected').waitFor()
        const { epoch, seq } = await o.server.next('resume')
        assert.deepEqual([epoch, seq], ['one', 2])
        await o.shows('0000', 'missed')
        assert.equal(await o.page.locator('.state').textContent(), 'Live')
        await o.page.getByText('300 of 300 devices').waitFor()
    })

    it('a gap in the sequence is asked for once, and nothing is made up in between', async () => {
        await o.open()
        o.server.resumed = () => {}
        o.server.seq = 5
        o.server.tell(
            { kind: 'upsert', id: '0001', patch: { battery: 'early' }, isNew: false },
            { kind: 'upsert', id: '0001', patch: { battery: 'earlier' }, isNew: false },
        )
        assert.equal((await o.server.next('resume')).seq, 1)
        o.server.rows[1]!.columns.battery = 'whole'
        // It is not answered, so that all of it is asked for.
        o.server.asked.length = 0
        await o.server.next('view')
        await o.shows('0001', 'whole')
        assert.equal(o.server.asked.filter(({ type }) => type === 'resume').length, 0)
        assert.deepEqual(o.faults, [])
    })

    it('rows that were silent for long are greyed', async () => {
        const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString()
        for (const [n, seconds] of [5, 60, 600].entries()) o.server.rows[n]!.columns.last_status_update = ago(seconds)
        await o.open()
        const ages = await Promise.all(['0000', '0001', '0002'].map((id) => o.page.locator(`[data-id="${id}"]`).getAttribute('data-age')))
        assert.deepEqual(ages, ['0', '1', '2'])
        o.server.tell({ kind: 'upsert', id: '0002', patch: { battery: 3 }, isNew: false })
        await o.page.locator('[data-id="0002"][data-age="0"]').waitFor()
    })
})

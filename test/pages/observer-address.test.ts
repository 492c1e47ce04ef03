import assert from 'node:assert/strict'
import { eachOnAPage, type Observer } from '../support/observer.ts'

/** What the address of the observer page tells, in a real Chromium. */

describe('the address of the observer page', () => {
    let o: Observer
    eachOnAPage((given) => {
        o = given
    })

    const hash = () => o.page.evaluate(() => location.hash)
    /** What the page asked for last, once it has asked for such a thing. */
    async function asked(fits: (view: Awaited<ReturnType<typeof o.server.next<'view'>>>) => boolean) {
        for (;;) {
            const view = await o.server.next('view')
            if (fits(view)) return view
        }
    }

    it('tells filters, sorts, page and page size, so that a colleague sees the same', async () => {
        await o.open()
        assert.equal(await hash(), '')
        await o.page.getByRole('button', { name: 'Filters' }).click()
        await o.page.getByRole('button', { name: 'Add filter' }).click()
        assert.equal(await o.page.evaluate(() => document.activeElement?.getAttribute('aria-label')), 'Property')
        await o.page.getByLabel('Property').selectOption('country')
        await o.page.getByLabel('Comparison').selectOption('!=')
        await o.page.getByLabel('Value').fill('a&b=c #%:é')
        await asked(({ filter }) => filter.length === 1)
        await o.page.getByRole('button', { name: 'battery' }).click()
        await o.page.getByRole('button', { name: 'battery' }).click()
        await o.page.getByLabel('Rows').selectOption('20')
        await o.page.getByRole('button', { name: 'Next page' }).click()
        const last = await asked(({ offset }) => offset === 20)
        assert.equal(await hash(), '#filter=country:not:a%26b%3Dc%20%23%25:%C3%A9&sort=battery:desc&rows=20&page=2')

        const link = await hash()
        await o.page.context().close()
        o.server.asked.length = 0
        await o.open({ query: link, seen: '20 of 300 devices' })
        assert.deepEqual(await o.server.next('view'), last)
        assert.equal(await o.page.getByRole('columnheader', { name: 'battery' }).getAttribute('aria-sort'), 'descending')
        await o.page.getByText('21–40 of 300').waitFor()
        await o.page.getByRole('button', { name: 'Filters (1)' }).click()
        assert.equal(await o.page.getByLabel('Value').inputValue(), 'a&b=c #%:é')
        assert.equal(await o.page.getByLabel('Comparison').inputValue(), '!=')
        assert.equal(await o.page.getByLabel('Rows').inputValue(), '20')
        assert.deepEqual(o.faults, [])
    })

    it('leads back and forward through what was looked at, but not through each letter of a filter', async () => {
        await o.open()
        await o.page.getByRole('button', { name: 'battery' }).click()
        await asked(({ sort }) => sort.length === 1)
        await o.page.getByLabel('Rows').selectOption('50')
        await asked(({ limit }) => limit === 50)
        await o.page.getByRole('button', { name: 'Filters' }).click()
        await o.page.getByRole('button', { name: 'Add filter' }).click()
        for (const value of ['0', '00', '000']) {
            await o.page.getByLabel('Value').fill(value)
            await asked(({ filter }) => filter[0]?.value === value)
        }
        assert.equal(await hash(), '#filter=serial_number:contains:000&sort=battery&rows=50')
        o.server.asked.length = 0
        await o.page.goBack()
        const unfiltered = await o.server.next('view')
        assert.deepEqual([unfiltered.filter, unfiltered.limit], [[], 50])
        await o.page.goBack()
        assert.equal((await o.server.next('view')).limit, undefined)
        await o.page.waitForFunction(() => document.querySelector<HTMLSelectElement>('.toolbar select')?.value === '0')
        await o.page.goBack()
        assert.deepEqual((await o.server.next('view')).sort, [])
        await o.page.locator('[aria-sort]').waitFor({ state: 'detached' })
        for (let step = 0; step < 3; step++) await o.page.goForward()
        const again = await asked(({ filter }) => filter.length === 1)
        assert.deepEqual([again.filter[0]?.value, again.limit, again.sort.length], ['000', 50, 1])
        await o.page.waitForFunction(() => document.querySelector<HTMLInputElement>('.filters input')?.value === '000')
        assert.deepEqual(o.faults, [])
    })

    const nonsense = {
        'of no sense': '#nothing=1&filter&sort&=&&rows=20=20&page=-3',
        'not decodable': '#filter=battery:is:%E0%A4%A&sort=%ff&filter=%00:is:1',
        'of unknown words': '#filter=battery:drop:1&sort=battery:sideways&sort=a:b:c&rows=7&page=2',
        'of scripts': '#<script>document.title=1</script>&filter=:is:<img src=x onerror=alert(1)>',
        'too long': `#filter=${'p'.repeat(129)}:is:1&filter=battery:is:${'9'.repeat(2000)}&sort=${'s'.repeat(200)}`,
        'that a server would refuse': '#filter=battery:silent:5&filter=last_status_update:silent:soon&rows=10&page=999999',
        'of names that mean something': '#__proto__=1&constructor=2&filter=battery:constructor:1&sort=:asc',
    }
    for (const [what, text] of Object.entries(nonsense))
        it(`is passed over where it is ${what}`, async () => {
            await o.open({ query: text, seen: text.includes('rows=10&') ? '10 of 300 devices' : '300 of 300 devices' })
            const { filter, sort, offset } = await o.server.next('view')
            assert.deepEqual([filter, sort, offset], [[], [], 0])
            assert.equal(await hash(), text.includes('rows=10&') ? '#rows=10' : '')
            assert.equal(await o.page.title(), 'Fleet observer')
            assert.deepEqual(o.faults, [])
        })

    it('keeps what is right of one that is partly wrong, and no more than a server takes', async () => {
        const many = Array.from({ length: 60 }, (_, n) => `filter=battery:gte:${n}`)
        await o.open({ query: `#filter=x:y&${many.join('&')}&sort=__proto__,battery:desc,%,battery` })
        const { filter, sort } = await o.server.next('view')
        assert.equal(filter.length, 50)
        assert.deepEqual(filter[0], { property: 'battery', op: '>=', value: '0' })
        assert.deepEqual(
            sort.map(({ property, direction }) => [property, direction]),
            [
                ['__proto__', 'asc'],
                ['battery', 'asc'],
            ],
        )
    })

    it('names a page that is not there: the last one is shown', async () => {
        await o.open({ query: '#rows=50&page=40', seen: '251–300 of 300' })
        assert.equal(await hash(), '#rows=50&page=6')
        await o.row('0299').waitFor()
    })

    it('beats what this browser would have chosen, and leaves that alone', async () => {
        await o.open()
        await o.page.getByLabel('Rows').selectOption('10')
        await o.page.getByText('1–10 of 300').waitFor()
        await o.page.goto(`${o.server.url}?other#rows=20`)
        await o.page.getByText('1–20 of 300').waitFor()
        await o.page.goto(`${o.server.url}?none`)
        await o.page.getByText('1–10 of 300').waitFor()
        assert.equal(await o.page.evaluate(() => location.href), `${o.server.url}?none#rows=10`)
    })
})

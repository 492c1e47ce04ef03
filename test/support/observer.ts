import type { Browser, Locator, Page } from 'playwright-core'
import { openChromium, openPage } from './chromium.ts'
import { ViewersEndpoint } from './viewers-endpoint.ts'

export const pad = (n: number): string => String(n).padStart(4, '0')

function device(n: number) {
    const columns = {
        last_status_update: new Date().toISOString(),
        power_income: n,
        battery: 100 + n,
        country: n % 2 ? 'AT' : 'DE',
        charging: n % 3 === 0,
    }
    return { id: pad(n), columns }
}

/** The observer page as somebody looks at it, with 300 devices at the other end of its WebSocket. */
export class Observer {
    readonly server: ViewersEndpoint
    readonly browser: Browser
    page!: Page
    faults: string[] = []
    #titles: string[] = []

    static async prepare(browser: Browser): Promise<Observer> {
        const server = await ViewersEndpoint.open('/red')
        server.rows = Array.from({ length: 300 }, (_, n) => device(n))
        server.columns = ['serial_number', 'last_status_update', 'power_income', 'battery', 'country', 'charging']
        return new Observer(server, browser)
    }

    constructor(server: ViewersEndpoint, browser: Browser) {
        this.server = server
        this.browser = browser
    }

    /** @param seen what shows that all of it is there */
    async open(options: { locale?: string; query?: string; seen?: string } = {}): Promise<void> {
        const { page, faults } = await openPage(this.browser, this.server.url + (options.query ?? ''), options.locale)
        this.page = page
        this.faults = faults
        await page.getByText(options.seen ?? '300 of 300 devices').waitFor()
        await this.titles()
    }

    async close(): Promise<void> {
        await this.page?.context().close()
        await this.server.close()
    }

    /** What the columns are called, from left to right; they are found by it from then on. */
    async titles(): Promise<string[]> {
        this.#titles = await this.page.locator('.sort > span:first-child').allTextContents()
        return this.#titles
    }

    /** Resolves once the columns are called so, from left to right. */
    async columns(titles: string[]): Promise<void> {
        await this.page.waitForFunction(
            (wanted) => [...document.querySelectorAll('.sort')].map((button) => button.textContent).join() === wanted,
            titles.join(),
        )
    }

    row(id: string): Locator {
        return this.page.locator(`.tabulator-row[data-id="${id}"]`)
    }

    cell(id: string, title: string): Locator {
        return this.row(id).locator('.tabulator-cell').nth(this.#titles.indexOf(title))
    }

    /** The rows that are in the page, from top to bottom. */
    ids(): Promise<string[]> {
        return this.page.locator('.tabulator-row').evaluateAll((rows) => rows.map((row) => (row as HTMLElement).dataset.id ?? ''))
    }

    /** Resolves once a row shows a text. */
    async shows(id: string, text: string): Promise<void> {
        await this.row(id).filter({ hasText: text }).waitFor()
    }

    /** The cell that has the focus: its row, and what is in it. */
    focused(): Promise<(string | null | undefined)[]> {
        return this.page.evaluate(() => {
            const cell = document.activeElement?.closest<HTMLElement>('.tabulator-cell')
            return [cell?.closest<HTMLElement>('.tabulator-row')?.dataset.id, cell?.textContent]
        })
    }
}

/** Gives each test of a suite an observer page of its own, all in one Chromium. With `SHOTS`, a folder, a picture of each test's end. */
export function eachOnAPage(take: (given: Observer) => void): void {
    let browser: Browser
    let given: Observer
    before(async () => {
        browser = await openChromium()
    })
    after(() => browser.close())
    beforeEach(async () => {
        given = await Observer.prepare(browser)
        take(given)
    })
    afterEach(async function () {
        const name = this.currentTest?.title.slice(0, 50).replace(/\W+/g, '-')
        if (process.env.SHOTS && given.page) await given.page.screenshot({ path: `${process.env.SHOTS}/${name}.png` })
        await given.close()
    })
}

import type { Browser, BrowserContextOptions, Locator } from 'playwright-core'
import { Brewery } from './brewery.ts'
import { openChromium } from './chromium.ts'
import { PackPage } from './pack-page.ts'

/** The page `brewery`, of the example flow in a real Node-RED with a simulated fermenter. */
export class BreweryPage extends PackPage {
    readonly brewery: Brewery

    static async start(): Promise<BreweryPage> {
        const [brewery, browser] = await Promise.all([Brewery.start({ PUSH_PING: '2 s' }), openChromium()])
        return new BreweryPage(brewery, browser)
    }

    private constructor(brewery: Brewery, browser: Browser) {
        super(browser)
        this.brewery = brewery
    }

    /** @param tab that is shown */
    async open(tab: string, options: BrowserContextOptions = {}): Promise<void> {
        await this.visit(`${this.brewery.red.url}/socketworks/brewery/#${tab}`, { timezoneId: 'Europe/Berlin', ...options })
        await this.page.locator('.state.open').waitFor()
    }

    /** Opens it through a proxy, with a clock that can be moved. */
    async openAt(origin: string, tab: string): Promise<void> {
        await this.visit('about:blank')
        await this.page.clock.install()
        await this.page.goto(`${origin}/socketworks/brewery/#${tab}`)
        await this.page.locator('.state.open').waitFor()
    }

    go = (tab: string | RegExp): Promise<void> => this.page.getByRole('tab', { name: tab }).click()

    dialog = (name: string | RegExp): Locator => this.page.getByRole('dialog', { name })

    /** The row of an alarm. */
    alarm = (id: string): Locator => this.page.locator(`.alarms li[data-id="${id}"]`)

    async close(): Promise<void> {
        await this.browser.close()
        await this.brewery.close()
    }
}

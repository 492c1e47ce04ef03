import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { openChromium } from './chromium.ts'
import { PackPage } from './pack-page.ts'
import { Service } from './service.ts'

/** The page `sockets`, of the example flow in a real Node-RED, with a simulated plug. */
export class SocketsPage extends PackPage {
    readonly service: Service

    static async start(options: Parameters<typeof Service.start>[0] = {}): Promise<SocketsPage> {
        const [service, browser] = await Promise.all([Service.start(options), openChromium()])
        return new SocketsPage(service, browser)
    }

    private constructor(service: Service, browser: Browser) {
        super(browser)
        this.service = service
    }

    /** @param query with the question mark */
    open(options: BrowserContextOptions = {}, query = ''): Promise<Page> {
        return this.visit(`${this.service.red.url}/socketworks/sockets/${query}`, options)
    }

    /** Resolves once the chip beside the name says so. */
    state = (text: string) => this.page.locator('.chip').filter({ hasText: text }).waitFor()

    async close(): Promise<void> {
        await this.browser.close()
        await this.service.close()
    }
}

import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { openChromium } from './chromium.ts'
import { Service } from './service.ts'

/** The page `sockets` as somebody looks at it: in a real Chromium, of the example flow in a real Node-RED, with a simulated plug. */
export class SocketsPage {
    readonly service: Service
    readonly browser: Browser
    page!: Page
    /** Errors thrown, and errors on the console that are no refused request. */
    readonly faults: string[] = []
    /** The servers that were asked for anything. */
    readonly hosts = new Set<string>()

    static async start(options: Parameters<typeof Service.start>[0] = {}): Promise<SocketsPage> {
        const [service, browser] = await Promise.all([Service.start(options), openChromium()])
        return new SocketsPage(service, browser)
    }

    private constructor(service: Service, browser: Browser) {
        this.service = service
        this.browser = browser
    }

    /** Opens it in a browser profile of its own. @param query with the question mark */
    async open(options: BrowserContextOptions = {}, query = ''): Promise<Page> {
        await this.page?.context().close()
        const context = await this.browser.newContext({ locale: 'en-US', viewport: { width: 1280, height: 800 }, ...options })
        this.page = await context.newPage()
        this.page.setDefaultTimeout(15_000)
        this.page.on('pageerror', (error) => this.faults.push(error.message))
        this.page.on('console', (message) => {
            if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) this.faults.push(message.text())
        })
        this.page.on('request', (request) => this.hosts.add(new URL(request.url()).host))
        await this.page.goto(`${this.service.red.url}/socketworks/sockets/${query}`)
        return this.page
    }

    button = (name: string | RegExp) => this.page.getByRole('button', { name, exact: true })

    /** Resolves once the page says a text, on its own or as a refusal. */
    says = (text: string | RegExp) => this.page.getByText(text).first().waitFor()

    /** Resolves once the chip beside the name says so. */
    state = (text: string) => this.page.locator('.chip').filter({ hasText: text }).waitFor()

    async close(): Promise<void> {
        await this.browser.close()
        await this.service.close()
    }
}

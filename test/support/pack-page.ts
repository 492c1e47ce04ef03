import type { Browser, BrowserContextOptions, Page } from 'playwright-core'

/** A page of the pack as somebody looks at it, in a real Chromium. */
export class PackPage {
    readonly browser: Browser
    page!: Page
    /** Errors thrown, and errors on the console that are no refused request. */
    readonly faults: string[] = []
    /** The servers that were asked for anything. */
    readonly hosts = new Set<string>()

    constructor(browser: Browser) {
        this.browser = browser
    }

    /** Opens an address in a browser profile of its own. */
    async visit(url: string, options: BrowserContextOptions = {}): Promise<Page> {
        await this.page?.context().close()
        const context = await this.browser.newContext({ locale: 'en-US', viewport: { width: 1280, height: 800 }, ...options })
        this.page = await context.newPage()
        this.page.setDefaultTimeout(15_000)
        this.page.on('pageerror', (error) => this.faults.push(error.message))
        this.page.on('console', (message) => {
            if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) this.faults.push(message.text())
        })
        this.page.on('request', (request) => this.hosts.add(new URL(request.url()).host))
        await this.page.goto(url)
        return this.page
    }

    button = (name: string | RegExp) => this.page.getByRole('button', { name, exact: true })

    /** Resolves once the page says a text, on its own or as a refusal. */
    says = (text: string | RegExp) => this.page.getByText(text).first().waitFor()
}

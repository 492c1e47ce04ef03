import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { openChromium } from './chromium.ts'
import { JobServer } from './job-server.ts'
import { PackPage } from './pack-page.ts'

/** The page `jobs`, of the example flow in a real Node-RED. */
export class JobsPage extends PackPage {
    readonly server: JobServer

    static async start(): Promise<JobsPage> {
        const [server, browser] = await Promise.all([JobServer.start(), openChromium()])
        return new JobsPage(server, browser)
    }

    private constructor(server: JobServer, browser: Browser) {
        super(browser)
        this.server = server
    }

    /** @param query with the question mark */
    open(options: BrowserContextOptions = {}, query = ''): Promise<Page> {
        const url = `${this.server.red.url}/socketworks/jobs/${query}`
        return this.visit(url, { timezoneId: 'Europe/Berlin', ...options })
    }

    /** The row of a job. */
    row = (id: string): Locator => this.page.locator(`tr[data-id="${id}"]`)

    /** Resolves once the list has a job like that. */
    shows = (id: string, status: string): Promise<void> => this.row(id).filter({ hasText: status }).waitFor()

    dialog = (name: string | RegExp): Locator => this.page.getByRole('dialog', { name })

    async close(): Promise<void> {
        await this.browser.close()
        await this.server.red.stop()
    }
}

import { type Browser, chromium, type Page } from 'playwright-core'
import { tool } from '../../scripts/tools.ts'

const quiet = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
]

let launched: Promise<{ browser: Browser; end: () => Promise<void> }> | undefined

/**
 * A real Chromium without a window, the same for all test files of a process: closing it closes its pages, and it ends with the last file.
 * `CHROMIUM_PATH` names another one than the system's.
 */
export async function openChromium(): Promise<Browser> {
    launched ??= launch().catch((error) => {
        launched = undefined
        throw error
    })
    return (await launched).browser
}
after('chromium', async () => (await launched)?.end())

async function launch() {
    const browser = await chromium.launch({ executablePath: tool('chromium'), args: quiet, headless: true })
    browser.on('disconnected', () => {
        launched = undefined
    })
    const end = browser.close.bind(browser)
    browser.close = async () => void (await Promise.all(browser.contexts().map((context) => context.close())))
    return { browser, end }
}

/** A page that remembers whatever went wrong in it. */
export interface WatchedPage {
    page: Page
    /** Errors thrown, errors on the console, and requests that failed or were answered with 4xx or 5xx. */
    faults: string[]
}

/** Opens a page in a browser profile of its own. @param locale the language that its user reads */
export async function openPage(browser: Browser, url: string, locale = 'en-US'): Promise<WatchedPage> {
    const context = await browser.newContext({ locale, viewport: { width: 1400, height: 1000 } })
    const page = await context.newPage()
    const faults: string[] = []
    page.on('pageerror', (error) => faults.push(`thrown: ${error.message}`))
    page.on('console', (message) => {
        // Node-RED catches what a node's definition throws and writes it as a plain line.
        if (message.type() === 'error' || /error/i.test(message.text())) faults.push(`console: ${message.text()}`)
    })
    page.on('requestfailed', (request) => faults.push(`failed: ${request.url()} ${request.failure()?.errorText}`))
    page.on('response', (response) => {
        if (response.status() >= 400) faults.push(`${response.status()}: ${response.url()}`)
    })
    await page.goto(url)
    return { page, faults }
}

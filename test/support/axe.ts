import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const source = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe finds on a page that keeps somebody from using it: rules with the elements that break them. */
export async function barriers(page: Page): Promise<string[]> {
    // Evaluated, as a policy that forbids foreign scripts keeps script elements out.
    await page.evaluate(await source)
    return page.evaluate(async () => {
        const { violations } = await (globalThis as any).axe.run(document, { resultTypes: ['violations'] })
        const serious = violations.filter(({ impact }: any) => impact === 'serious' || impact === 'critical')
        return serious.map(({ id, nodes }: any) => `${id}: ${nodes.map(({ html }: any) => html).join(' ')}`)
    })
}

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { openChromium, openPage } from './support/chromium.ts'
import { startNodeRed } from './support/node-red.ts'

const text = (name: string) => readFile(new URL(`../examples/${name}.json`, import.meta.url), 'utf8')

describe('importing examples', function () {
    this.timeout(120_000)

    it('one after the other gives one store, one broker and one socket, and they can be deployed', async () => {
        const red = await startNodeRed()
        const browser = await openChromium()
        try {
            const { page, faults } = await openPage(browser, red.url)
            await page.waitForSelector('#red-ui-workspace-chart')
            for (const name of ['smart-socket-service', 'parallel-subprocesses', 'emergency-stop-recover']) {
                await page.keyboard.press('Control+i')
                await page.fill('#red-ui-clipboard-dialog-import-text', await text(name))
                await page.click('#red-ui-clipboard-dialog-ok')
                await page.waitForSelector('#red-ui-clipboard-dialog-import-text', { state: 'hidden' })
            }
            const deployed = page.waitForResponse((response) => response.url().endsWith('/flows') && response.request().method() === 'POST')
            await page.click('#red-ui-header-button-deploy')
            assert.equal((await deployed).ok(), true)
            const flows = (await (await fetch(`${red.url}/flows`)).json()) as { type: string }[]
            const count = (type: string) => flows.filter((node) => node.type === `socketworks-${type}`).length
            assert.deepEqual(['store-config', 'broker-config', 'socket-config'].map(count), [1, 1, 1])
            assert.equal((await fetch(`${red.url}/api/server/status`)).status, 200)
            assert.deepEqual(faults, [])
        } finally {
            await browser.close()
            await red.stop()
        }
    })
})

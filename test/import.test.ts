import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import type { EditorRED } from 'node-red'
import type { Browser } from 'playwright-core'
import { openChromium } from './support/chromium.ts'
import { Editor } from './support/editor.ts'
import { type RunningNodeRed, startNodeRed } from './support/node-red.ts'
import { files, json } from './support/pack.ts'

declare const RED: EditorRED

const text = (name: string) => readFile(new URL(`../examples/${name}.json`, import.meta.url), 'utf8')

/** What somebody has who began without the examples. */
const own = [
    { id: 'mine', type: 'tab', label: 'mine' },
    { id: 'own-store', type: 'socketworks-store-config', name: 'my store', kind: 'file', file: 'socketworks.sqlite', retention: '400' },
    { id: 'own-broker', type: 'socketworks-broker-config', name: 'my broker', host: '127.0.0.1', port: '1' },
    { id: 'own-socket', type: 'socketworks-socket-config', name: 'kettle', broker: 'own-broker', store: 'own-store', topic: 'kettle' },
    { id: 'own-status', z: 'mine', x: 100, y: 100, type: 'socketworks-socket-status', socket: 'own-socket', wires: [[], []] },
]

for (const version of ['5', '4.1'] as const)
    describe(`importing examples in Node-RED ${version}`, () => {
        let red: RunningNodeRed
        let browser: Browser
        let editor: Editor

        before(async () => {
            ;[browser, red] = await Promise.all([openChromium(), startNodeRed({ version, flows: own })])
            editor = await Editor.open(browser, red.url)
        })
        after(async () => {
            await Promise.all([browser?.close(), red?.stop()])
        })

        /** Imports, and answers as the comments of the examples tell to: the editor asks for each but the first. */
        async function importExample(name: string, isFurther = true): Promise<void> {
            const { page } = editor
            const nodes = () => page.evaluate(() => RED.nodes.filterNodes({}).length)
            const before = await nodes()
            await page.keyboard.press('Control+i')
            const field = page.locator('#red-ui-clipboard-dialog-import-text')
            await field.fill(await text(name))
            const ok = page.locator('#red-ui-clipboard-dialog-ok:not([disabled])')
            // The dialog looks at the text with every key, once it is there itself.
            while (!(await ok.isVisible())) {
                await field.press('End')
                await ok.waitFor({ timeout: 500 }).catch(() => {})
            }
            await ok.click()
            await page.waitForSelector('#red-ui-clipboard-dialog-import-text', { state: 'hidden' })
            if (isFurther) await page.locator('.red-ui-notification button', { hasText: 'Import copy' }).click()
            await page.waitForFunction((count) => RED.nodes.filterNodes({}).length > count, before)
        }

        it('beside flows of one’s own, one after the other, gives one more store, broker and socket, and all of them work', async () => {
            await importExample('smart-socket-service', false)
            for (const name of ['parallel-subprocesses', 'emergency-stop-recover']) await importExample(name)
            assert.deepEqual(await editor.invalid(), [])
            await editor.deploy()
            // The flows of before were started once.
            await red.waitFor(/Started flows[\s\S]*Started flows/)
            const flows = (await (await fetch(`${red.url}/flows`)).json()) as { type: string }[]
            const count = (type: string) => flows.filter((node) => node.type === type).length
            const configs = ['store-config', 'broker-config', 'socket-config'].map((room) => count(`socketworks-${room}`))
            assert.deepEqual([configs, count('tab')], [[2, 2, 2], 4])
            assert.equal((await fetch(`${red.url}/api/server/status`)).status, 200)
            assert.doesNotMatch(red.log, /already used|STORE_UNAVAILABLE|NAME_TAKEN/)
        })

        it('again, once its tab is deleted, gives it once', async () => {
            await editor.page.evaluate(() => {
                RED.nodes.eachWorkspace((tab) => {
                    const { id, label } = tab as { id: string; label: string }
                    if (label === 'Emergency stop and recover') RED.workspaces.show(id)
                    return true
                })
                RED.actions.invoke('core:remove-flow')
            })
            await importExample('emergency-stop-recover')
            assert.deepEqual(await editor.invalid(), [])
            await editor.deploy()
            const flows = (await (await fetch(`${red.url}/flows`)).json()) as { type: string; label?: string }[]
            assert.equal(flows.filter(({ label }) => label === 'Emergency stop and recover').length, 1)
            assert.equal(flows.filter(({ type }) => type === 'socketworks-socket-config').length, 2)
            editor.assertFaultless()
        })
    })

describe('the comment of an example', () => {
    for (const file of files('examples', '.json'))
        it(`${file} tells what to answer when some of its nodes exist already`, () => {
            const [about] = json(file).filter(({ type }: { type: string }) => type === 'comment')
            assert.match(about.info, /answer \*Import copy\*/)
        })
})

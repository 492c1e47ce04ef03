import assert from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import { openChromium } from './support/chromium.ts'
import { Editor } from './support/editor.ts'
import { type RunningNodeRed, startNodeRed } from './support/node-red.ts'
import { json, list } from './support/pack.ts'

describe('the examples in the editor', () => {
    let browser: Browser
    let nodeRed: RunningNodeRed

    before(async () => {
        ;[browser, nodeRed] = await Promise.all([openChromium(), startNodeRed({ env: { MQTT_HOST: '127.0.0.1', MQTT_PORT: '1' } })])
    })
    after(async () => {
        await Promise.all([browser?.close(), nodeRed?.stop()])
    })

    for (const example of list('examples').filter((file) => file.endsWith('.json')))
        it(`${example} has nothing that is marked as wrong`, async () => {
            await nodeRed.deploy(json(`examples/${example}`))
            const editor = await Editor.open(browser, nodeRed.url)
            assert.deepEqual(await editor.invalid(), [])
            editor.assertFaultless()
            await editor.close()
        })
})

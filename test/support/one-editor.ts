import type { Browser } from 'playwright-core'
import { openChromium } from './chromium.ts'
import { Editor } from './editor.ts'
import { type RunningNodeRed, type StartOptions, startNodeRed } from './node-red.ts'

export interface OneEditor {
    /** What a test finds: no dialog is open, and nothing is there but the flows. */
    readonly editor: Editor
    readonly nodeRed: RunningNodeRed
    /** The same in another language, for the rest of the test. */
    reopen(locale: string): Promise<Editor>
}

/** Gives the tests of a suite one Node-RED and one editor of it, for to open that takes long; to be called within a `describe`. */
export function oneEditor(options: StartOptions): OneEditor {
    let browser: Browser
    let nodeRed: RunningNodeRed
    let editor: Editor | undefined
    let isOther = false

    const close = async () => {
        await editor?.close()
        editor = undefined
        isOther = false
    }
    before(async () => {
        ;[browser, nodeRed] = await Promise.all([openChromium(), startNodeRed(options)])
    })
    after(async () => {
        await Promise.all([browser?.close(), nodeRed?.stop()])
    })
    beforeEach(async () => {
        editor ??= await Editor.open(browser, nodeRed.url)
    })
    afterEach(async function () {
        try {
            editor!.assertFaultless()
            if (this.currentTest?.state === 'passed' && !isOther) await editor!.tidy()
            else await close()
        } catch (error) {
            await close()
            throw error
        }
    })
    return {
        get editor() {
            return editor!
        },
        get nodeRed() {
            return nodeRed
        },
        async reopen(locale) {
            await close()
            editor = await Editor.open(browser, nodeRed.url, locale)
            isOther = true
            return editor
        },
    }
}

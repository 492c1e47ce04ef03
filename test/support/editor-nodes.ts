import assert from 'node:assert/strict'
import type { EditorRED } from 'node-red'
import type { Browser } from 'playwright-core'
import { openChromium } from './chromium.ts'
import { Editor } from './editor.ts'
import { env, nodes } from './node-dialogs.ts'
import { type RunningNodeRed, startNodeRed } from './node-red.ts'

/** The nodes in a real editor of a real Node-RED. Nothing answers at the broker's port, which is none of the editor's business. */

const flows = [
    { id: 'tab', type: 'tab', label: 'sheet' },
    { id: 'store', type: 'socketworks-store-config', name: 'the store', kind: 'memory', file: 'socketworks.sqlite', retention: 400 },
    { id: 'broker', type: 'socketworks-broker-config', name: 'the broker', protocol: 'mqtt', host: '127.0.0.1', port: '1' },
    { id: 'socket', type: 'socketworks-socket-config', name: 'kettle', broker: 'broker', store: 'store', topic: 'kettle' },
    { id: 'viewers', type: 'socketworks-device-ws-endpoint', name: 'viewers', path: '/viewers', port: '0', protocol: 'smart-os-viewer' },
]

/** A text that is a key: one that no catalogue has. */
const untranslated = /(^|\s)(common\.)?(label|hint|option|output|unit|placeholder|invalid)\.\w+/m

/** What an editor of a Node-RED of that version does with the nodes. */
export const editorOf = (version: '5' | '4.1') =>
    describe(`in the editor of Node-RED ${version}`, function () {
        this.timeout(180_000)
        let browser: Browser
        let nodeRed: RunningNodeRed
        let editor: Editor
        let isFresh = false

        before(async () => {
            ;[browser, nodeRed] = await Promise.all([openChromium(), startNodeRed({ version, flows })])
        })
        after(async () => {
            await Promise.all([browser?.close(), nodeRed?.stop()])
        })
        // Opening the editor takes a while; one in which nothing is left open will do for the next test.
        beforeEach(async () => {
            if (!isFresh) editor = await Editor.open(browser, nodeRed.url)
            isFresh = true
        })
        afterEach(async function () {
            isFresh = this.currentTest?.state === 'passed' && !(await editor.hasDialog())
            try {
                editor.assertFaultless()
            } finally {
                if (!isFresh) await editor.close()
            }
        })

        for (const [index, [room, { fill, typed = {} }]] of Object.entries(nodes).entries())
            it(`${room} is dragged, filled in, saved, and shows the same when opened again`, async () => {
                const id = await editor.drag(`socketworks-${room}`, 200 + 260 * (index % 2), 60 + 80 * Math.floor(index / 2))
                await editor.edit(id)
                await editor.set('name', 'mine')
                for (const [setting, value] of Object.entries(fill)) await editor.set(setting, value)
                for (const [setting, [type, value]] of Object.entries(typed)) await editor.setTyped(setting, type, value)
                assert.equal(await editor.page.locator('.red-ui-tray .input-error').count(), 0)
                await editor.done()
                await editor.edit(id)
                assert.equal(await editor.get('name'), 'mine')
                for (const [setting, value] of Object.entries(fill)) assert.equal(await editor.get(setting), value, setting)
                for (const [setting, [type, value]] of Object.entries(typed))
                    assert.deepEqual([await editor.get(`${setting}Type`), await editor.get(setting)], [type, value])
                await editor.done()
            })

        it('configuration nodes are made from the dialog of the node that needs them, and keep what was typed', async () => {
            const c = 'node-config-input'
            const id = await editor.drag('socketworks-recover', 300, 200)
            await editor.edit(id)
            await editor.config('socket', 'add')
            await editor.set('name', 'lamp', c)
            await editor.config('broker', 'add', c)
            const broker = {
                protocol: 'wss',
                host: 'broker.example.org',
                path: '/ws',
                'user-source': 'env',
                userEnv: 'LAMP_USER',
                password: 'secret',
            }
            for (const [setting, value] of Object.entries(broker)) await editor.set(setting, value, c)
            assert.equal(await editor.field('port', c).getAttribute('placeholder'), '443')
            await editor.done('node-config-dialog-ok')
            await editor.config('store', 'add', c)
            await editor.set('file', 'lamp.sqlite', c)
            await editor.done('node-config-dialog-ok')
            await editor.done('node-config-dialog-ok')
            await editor.config('socket', 'edit')
            assert.equal(await editor.get('name', c), 'lamp')
            await editor.config('broker', 'edit', c)
            for (const [setting, value] of Object.entries({ ...broker, password: 'secret' }))
                assert.equal(await editor.get(setting, c), value)
            await editor.done('node-config-dialog-ok')
            await editor.done('node-config-dialog-ok')
            await editor.done()
        })

        it('fields that do not apply are not shown', async () => {
            const c = 'node-config-input'
            await editor.edit(await editor.drag('socketworks-instance', 300, 200))
            assert.deepEqual(
                [await editor.field('operation').inputValue(), await visible('instanceId'), await visible('limit')],
                ['get', true, false],
            )
            await editor.set('operation', 'list')
            assert.deepEqual([await visible('instanceId'), await visible('limit')], [false, true])
            await editor.set('socket', 'socket')
            await editor.config('socket', 'edit')
            await editor.config('broker', 'edit', c)
            assert.deepEqual([await visible('path', c), await visible('tls', c)], [false, false])
            await editor.set('protocol', 'wss', c)
            assert.deepEqual([await visible('path', c), await visible('tls', c)], [true, true])
        })

        it('what FullTopic has to be filled in with is asked for when it is needed', async () => {
            const c = 'node-config-input'
            await editor.edit(await editor.drag('socketworks-recover', 300, 200))
            await editor.set('socket', 'socket')
            await editor.config('socket', 'edit')
            for (const summary of await editor.page.locator('.red-ui-tray summary:visible').all()) await summary.click()
            assert.deepEqual([await visible('plugId', c), await visible('hostname', c)], [false, false])
            await editor.set('fullTopic', '%prefix%/%id%/', c)
            assert.deepEqual([await visible('plugId', c), await visible('hostname', c)], [true, false])
            assert.equal(await editor.reason('plugId', c), 'Plug id: must be set, as FullTopic has %id%')
            await editor.set('plugId', 'A0:B1:C2:D3:E4:F5', c)
            await editor.set('reportPrefix', 'cmnd', c)
            assert.equal(await editor.reason('commandPrefix', c), 'Prefix1: must differ from the other prefixes')
            await editor.set('reportPrefix', 'stat', c)
            await editor.page.locator('.red-ui-tray .input-error').waitFor({ state: 'detached' })
        })

        it('variables of the environment in tick boxes and choices are still there when the dialog is left', async () => {
            const id = await editor.drag('socketworks-device-state', 300, 200)
            const settings = { operation: env('OPERATION'), register: env('REGISTER') }
            const kept = () => editor.page.evaluate(keptBy, id)
            await editor.page.evaluate(change, { id, settings })
            await editor.edit(id)
            await editor.set('name', 'varied')
            await editor.set('store', 'store')
            await editor.done()
            assert.deepEqual(await kept(), settings)
            await editor.edit(id)
            await editor.set('register', 'perhaps')
            assert.equal(await editor.reason('register'), 'Take in new ones: is not valid')
        })

        const visible = (setting: string, prefix = 'node-input') => editor.page.locator(`label[for="${prefix}-${setting}"]`).isVisible()

        it('wrong settings are marked with the reason', async () => {
            await editor.edit(await editor.drag('socketworks-power-monitor', 300, 200))
            await editor.set('socket', '_ADD_')
            assert.match(await editor.reason('socket'), /Socket/)
            await editor.set('detect', true)
            await editor.set('startHold', '-1')
            assert.equal(await editor.reason('startHold'), 'Start held for: must be at least 0')
            await editor.set('startHold', 'long')
            assert.equal(await editor.reason('startHold'), 'Start held for: must be a number')
            await editor.set('startHold', env('HOLD'))
            assert.equal(await editor.page.locator('#node-input-startHold.input-error').count(), 0)
            await editor.set('finishPower', '11')
            assert.equal(await editor.reason('finishPower'), 'Finished below: must not be above the power it starts at')
            await editor.set('startPower', '12')
            await editor.page.locator('#node-input-finishPower:not(.input-error)').waitFor()
        })

        it('wrong literals and expressions of typed settings are marked with the reason', async () => {
            await editor.edit(await editor.drag('socketworks-wait', 300, 200))
            await editor.setTyped('duration', 'num', '-5')
            assert.equal(await editor.reason('duration'), 'must be at least 0')
            await editor.setTyped('duration', 'msg', 'payload..x')
            assert.match(await editor.reason('duration'), /invalid property expression/i)
            await editor.setTyped('duration', 'request', '')
            assert.equal(await editor.reason('duration'), 'must not be blank')
            await editor.setTyped('duration', 'num', '5')
            await editor.page.locator('#node-input-duration:not(.input-error)').waitFor({ state: 'attached' })
        })

        it('what was dragged and filled in is deployed', async () => {
            const id = await editor.drag('socketworks-start-instance', 300, 200)
            await editor.edit(id)
            await editor.set('socket', 'socket')
            await editor.setTyped('timeout', 'num', '90000')
            await editor.done()
            await editor.deploy()
            const deployed: { id: string; timeout?: string; timeoutType?: string }[] = await (await fetch(`${nodeRed.url}/flows`)).json()
            const { timeout, timeoutType } = deployed.find((node) => node.id === id)!
            assert.deepEqual({ timeout, timeoutType }, { timeout: '90000', timeoutType: 'num' })
        })

        it('the palette, its tooltips and the dialogs are whole in English', async () => {
            for (const [room, { en }] of Object.entries(nodes)) await inLanguage(editor, room, en)
        })

        it('the palette, the dialogs and the reasons are German for those who read German', async () => {
            await editor.close()
            editor = await Editor.open(browser, nodeRed.url, 'de-DE')
            isFresh = false
            for (const [room, { de }] of Object.entries(nodes)) await inLanguage(editor, room, de)
            await editor.edit(await editor.drag('socketworks-callback-reply', 300, 500))
            await editor.set('giveUp-unit', 'h')
            await editor.set('giveUp', '9999')
            assert.equal(await editor.reason('giveUp'), 'Aufgeben nach: darf höchstens 720 sein')
            await editor.set('giveUp-unit', 'd')
            await editor.set('giveUp', '31')
            assert.equal(await editor.reason('giveUp'), 'Aufgeben nach: darf höchstens 30 sein')
        })
    })

declare const RED: EditorRED

const change = ({ id, settings }: { id: string; settings: object }) => {
    Object.assign(RED.nodes.node(id)!, settings)
}

const keptBy = (id: string) => {
    const { operation, register } = RED.nodes.node(id) as unknown as Record<string, unknown>
    return { operation, register }
}

async function inLanguage(editor: Editor, room: string, name: string): Promise<void> {
    const type = `socketworks-${room}`
    assert.equal(await editor.page.locator(`[data-palette-type="${type}"]`).getAttribute('data-palette-label'), name)
    await editor.edit(await editor.drag(type, 300, 200))
    assert.doesNotMatch((await editor.page.locator('.red-ui-tray .socketworks-dialog').textContent()) ?? '', untranslated)
    await editor.page.keyboard.press('Escape')
    await editor.page.locator('#node-dialog-cancel').click()
    await editor.page.waitForFunction(() => !document.querySelector('.red-ui-tray'))
    await editor.page.keyboard.press('Delete')
}

import assert from 'node:assert/strict'
import type { EditorRED } from 'node-red'
import type { Editor } from './editor.ts'
import { type Dialog, env, nodes } from './node-dialogs.ts'
import { oneEditor } from './one-editor.ts'

/** The nodes in a real editor of a real Node-RED. Nothing answers at the broker's port, which is none of the editor's business. */

const flows = [
    { id: 'tab', type: 'tab', label: 'sheet' },
    { id: 'store', type: 'socketworks-store-config', name: 'the store', kind: 'memory', file: 'socketworks.sqlite', retention: 400 },
    { id: 'broker', type: 'socketworks-broker-config', name: 'the broker', protocol: 'mqtt', host: '127.0.0.1', port: '1' },
    { id: 'socket', type: 'socketworks-socket-config', name: 'kettle', broker: 'broker', store: 'store', topic: 'kettle' },
    {
        ...{ id: 'viewers', type: 'socketworks-device-ws-endpoint', name: 'viewers', path: '/viewers', port: '0' },
        ...{ protocol: 'smart-os-viewer', auth: 'jwt', keyEnv: 'VIEWERS_KEY' },
    },
]

/** A text that is a key: one that no catalogue has. */
const untranslated = /(^|\s)(common\.)?(label|hint|option|output|unit|placeholder|invalid)\.\w+/m

/** The nodes whose dialogs have, between them, every kind of field: what a version of Node-RED may do differently. */
const everyKind = ['instance', 'power-monitor', 'event-stream', 'device-ws-out']

/** What an editor of a Node-RED of that version does with the nodes. */
export const editorOf = (version: '5' | '4.1') =>
    describe(`in the editor of Node-RED ${version}`, function () {
        this.timeout(180_000)
        const given = oneEditor({ version, flows })
        let editor: Editor
        beforeEach(() => {
            editor = given.editor
        })

        const visible = (setting: string, prefix = 'node-input') => editor.page.locator(`label[for="${prefix}-${setting}"]`).isVisible()

        /** For what the pack does by itself, whatever Node-RED it is in. */
        const itOnce = (title: string, test: () => Promise<void>) => {
            if (version === '5') it(title, test)
        }

        for (const [room, { fill, typed, en }] of Object.entries(nodes))
            if (version === '5' || everyKind.includes(room))
                it(`${room} is whole in English, is filled in, saved, and shows the same when opened again`, async () => {
                    const id = await opened(editor, room, en)
                    await fillIn(editor, { name: 'mine', ...fill }, typed)
                    await editor.done()
                    await editor.edit(id)
                    await assertFilledIn(editor, { name: 'mine', ...fill }, typed)
                    await editor.done()
                })
            else
                it(`${room} is whole in English, and saved`, async () => {
                    await opened(editor, room, en)
                    await editor.done()
                })

        it('there is a dialog for each node of the palette, and it was tried', async () => {
            const entries = editor.page.locator('[data-palette-type^="socketworks-"]')
            const types = await entries.evaluateAll((found) => found.map((entry) => entry.getAttribute('data-palette-type')))
            assert.deepEqual(
                types.sort(),
                Object.keys(nodes)
                    .map((room) => `socketworks-${room}`)
                    .sort(),
            )
        })

        it('configuration nodes are made from the dialog of the node that needs them, and keep what was typed', async () => {
            const c = 'node-config-input'
            const id = await editor.drag('socketworks-recover', 300, 200)
            await editor.edit(id)
            await editor.config('socket', 'add')
            assert.deepEqual(await editor.nameless(), [])
            await editor.set('name', 'lamp', c)
            await editor.config('broker', 'add', c)
            assert.deepEqual(await editor.nameless(), [])
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

        itOnce('fields that do not apply are not shown', async () => {
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

        itOnce('a part of which no field applies is not shown', async () => {
            await editor.edit(await editor.drag('socketworks-device-command', 300, 200))
            const part = editor.page.locator('.red-ui-tray details')
            await part.waitFor({ state: 'visible' })
            await editor.set('operation', 'list')
            await part.waitFor({ state: 'hidden' })
        })

        itOnce('what FullTopic has to be filled in with is asked for when it is needed', async () => {
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

        itOnce('variables of the environment in tick boxes and choices are still there when the dialog is left', async () => {
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
            const deployed: { id: string; timeout?: string; timeoutType?: string }[] = await (
                await fetch(`${given.nodeRed.url}/flows`)
            ).json()
            const { timeout, timeoutType } = deployed.find((node) => node.id === id)!
            assert.deepEqual({ timeout, timeoutType }, { timeout: '90000', timeoutType: 'num' })
        })

        it('the palette, the dialogs and the reasons are German for those who read German', async () => {
            editor = await given.reopen('de-DE')
            for (const [room, { de }] of Object.entries(nodes)) {
                assert.equal(await label(editor, room), de)
                if (version === '5' || everyKind.includes(room)) await opened(editor, room, de)
                await editor.tidy()
            }
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

const label = (editor: Editor, room: string) =>
    editor.page.locator(`[data-palette-type="socketworks-${room}"]`).getAttribute('data-palette-label')

/** Drags a node out of the palette, where it is called so, and opens its dialog, in which no text and no name of a field is missing. @returns its id */
async function opened(editor: Editor, room: string, name: string): Promise<string> {
    assert.equal(await label(editor, room), name)
    const id = await editor.drag(`socketworks-${room}`, 300, 200)
    await editor.edit(id)
    assert.doesNotMatch((await editor.page.locator('.red-ui-tray .socketworks-dialog').textContent()) ?? '', untranslated)
    assert.deepEqual(await editor.nameless(), [])
    return id
}

async function fillIn(editor: Editor, fill: Dialog['fill'], typed: Dialog['typed'] = {}): Promise<void> {
    for (const [setting, value] of Object.entries(fill)) await editor.set(setting, value)
    for (const [setting, [type, value]] of Object.entries(typed)) await editor.setTyped(setting, type, value)
    assert.equal(await editor.page.locator('.red-ui-tray .input-error').count(), 0)
}

async function assertFilledIn(editor: Editor, fill: Dialog['fill'], typed: Dialog['typed'] = {}): Promise<void> {
    for (const [setting, value] of Object.entries(fill)) assert.equal(await editor.get(setting), value, setting)
    for (const [setting, [type, value]] of Object.entries(typed))
        assert.deepEqual([await editor.get(`${setting}Type`), await editor.get(setting)], [type, value])
}

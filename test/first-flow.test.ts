import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { EditorRED } from 'node-red'
import type { Browser } from 'playwright-core'
import { mergeExamples } from '../scripts/demo-flows.ts'
import { Plug } from '../simulators/plug/plug.ts'
import { startAedes, type TestBroker } from './support/broker.ts'
import { openChromium } from './support/chromium.ts'
import { Editor } from './support/editor.ts'
import { type RunningNodeRed, startNodeRed } from './support/node-red.ts'

declare const RED: EditorRED

/** What the README tells to drag, in a row. */
const types = ['inject', 'socketworks-start-instance', 'socketworks-wait', 'socketworks-stop-instance', 'debug']

for (const version of ['5', '4.1'] as const)
    describe(`the first flow of the README in Node-RED ${version}`, () => {
        let mqtt: TestBroker
        let plug: Plug
        let nodeRed: RunningNodeRed
        let browser: Browser
        let editor: Editor

        before(async () => {
            mqtt = await startAedes()
            plug = await Plug.connect({ url: mqtt.url })
            const flows = mergeExamples(new URL('../examples', import.meta.url).pathname)
            const starting = startNodeRed({ version, flows, env: { MQTT_PORT: String(mqtt.port) } })
            ;[browser, nodeRed] = await Promise.all([openChromium(), starting])
            editor = await Editor.open(browser, nodeRed.url)
        })
        after(async () => {
            await Promise.all([browser?.close(), nodeRed?.stop()])
            await plug?.close()
            await mqtt?.close()
        })

        it('runs the plug for five seconds, with every default left alone', async () => {
            await editor.addTab()
            const ids: string[] = []
            for (const [i, type] of types.entries()) ids.push(await editor.drag(type, 300, 60 + 80 * i))
            for (const [i, id] of ids.slice(1).entries()) await editor.wire(ids[i]!, id)
            assert.deepEqual(await editor.invalid(), [])
            await editor.deploy()
            const switched = once(plug, 'relay')
            await editor.press(ids[0]!)
            await switched
            assert.equal(plug.relays[0], true)
            const on = performance.now()
            await once(plug, 'relay')
            assert.equal(plug.relays[0], false)
            const took = performance.now() - on
            assert.ok(took > 4500 && took < 15_000, `${took} ms`)
            // The examples beside it have something to say, too.
            const said = editor.page.locator('.red-ui-debug-msg')
            await said.filter({ hasText: /debug.*instance: object/ }).waitFor({ state: 'attached' })
            assert.deepEqual(await said.filter({ hasText: /refused/ }).allTextContents(), [])
            editor.assertFaultless()
        })

        const given = (id: string) => editor.page.evaluate((node) => ({ ...(RED.nodes.node(node) as object | undefined) }), id)

        for (const [type, setting, wanted] of [
            ['recover', 'socket', 'socketworks.socket'],
            ['instance', 'socket', 'socketworks.socket'],
            ['socket-status', 'socket', 'socketworks.socket'],
            ['callback-accept', 'store', 'socketworks.store'],
            ['device-query', 'store', 'socketworks.store'],
            ['device-ws-in', 'endpoint', ''],
        ] as const)
            it(`gives a ${type} the ${setting}, if there is but one`, async () => {
                const id = await editor.drag(`socketworks-${type}`, 300, 500)
                assert.equal(Reflect.get(await given(id), setting), wanted)
                await editor.page.keyboard.press('Delete')
            })

        it('gives the dialog of a new socket the only broker and the only store', async () => {
            const c = 'node-config-input'
            await editor.edit(await editor.drag('socketworks-recover', 300, 500))
            await editor.config('socket', 'add')
            assert.deepEqual([await editor.get('broker', c), await editor.get('store', c)], ['socketworks.broker', 'socketworks.store'])
            editor.assertFaultless()
        })
    })

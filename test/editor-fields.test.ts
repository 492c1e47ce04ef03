import assert from 'node:assert/strict'
import type { EditorRED } from 'node-red'
import type { Editor } from './support/editor.ts'
import { oneEditor } from './support/one-editor.ts'

/** The kinds of fields that all dialogs share. */

declare const RED: EditorRED

const flows = [
    { id: 'tab', type: 'tab', label: 'sheet' },
    { id: 'store', type: 'socketworks-store-config', name: 'the store', kind: 'memory' },
    { id: 'broker', type: 'socketworks-broker-config', name: 'the broker', host: '127.0.0.1', port: '1' },
    { id: 'socket', type: 'socketworks-socket-config', name: 'kettle', broker: 'broker', store: 'store', topic: 'kettle' },
    { id: 'devices', type: 'socketworks-device-ws-endpoint', name: 'devices', path: '/devices' },
    { id: 'terse-wait', z: 'tab', type: 'socketworks-wait', store: 'store', x: 600, y: 100, wires: [[], [], []] },
    { id: 'terse-start', z: 'tab', type: 'socketworks-start-instance', socket: 'socket', x: 600, y: 200, wires: [[], []] },
]

/** What Node-RED puts a variable of the environment in for. */
const env = (name: string) => `\${${name}}`

const change = ({ id, settings }: { id: string; settings: object }) => {
    Object.assign(RED.nodes.node(id)!, settings)
}

const settingsOf = (id: string) => {
    const { name, duration, durationType, timeout, timeoutType, unit, extra, required, withRequest } = RED.nodes.node(
        id,
    ) as unknown as Record<string, unknown>
    return { name, duration, durationType, timeout, timeoutType, unit, extra, required, withRequest }
}

const brokerOf = (name: string) => {
    type Broker = { name?: string; credentials?: { password?: string }; passwordEnv?: string }
    let found: Broker = {}
    RED.nodes.eachConfig((node) => {
        if ((node as Broker).name === name) found = node as Broker
        return true
    })
    return { password: found.credentials?.password, passwordEnv: found.passwordEnv }
}

/** How often what the dialogs share was asked for by a node that did not find it. */
const fetchedOnItsOwn = () =>
    performance.getEntriesByType('resource').filter(({ name }) => name.includes('/plugins/@socketworks/node-red/socketworks')).length

for (const version of ['5', '4.1'] as const)
    describe(`the fields of dialogs in Node-RED ${version}`, function () {
        this.timeout(180_000)
        const given = oneEditor({ version, flows })
        let editor: Editor
        beforeEach(() => {
            editor = given.editor
        })
        /** For what the pack does by itself, whatever Node-RED it is in. */
        const itOnce = (title: string, test: () => Promise<void>) => {
            if (version === '5') it(title, test)
        }

        it('durations are shown with a fitting unit, stay as they were written while nobody touches them, and get the unit that is chosen', async () => {
            const old = { timeout: '90000', timeoutType: 'num', unit: 'ms', extra: 3600 }
            const id = await editor.drag('socketworks-start-instance', 300, 200)
            await editor.page.evaluate(change, { id, settings: { ...old, socket: 'socket' } })
            const kept = async () => {
                const { timeout, unit, extra } = await editor.page.evaluate(settingsOf, id)
                return { timeout, unit, extra }
            }
            await editor.edit(id)
            assert.deepEqual([await editor.get('extra'), await editor.get('extra-unit')], ['1', 'h'])
            assert.deepEqual([await editor.get('timeout'), await editor.get('unit')], ['90000', 'ms'])
            await editor.done()
            assert.deepEqual(await kept(), { timeout: '90000', unit: 'ms', extra: 3600 })
            await editor.edit(id)
            await editor.set('extra', '1.5')
            await editor.set('extra-unit', 'min')
            await editor.setTyped('timeout', 'msg', 'payload.timeout')
            await editor.setTyped('timeout', 'num', '2')
            await editor.set('unit', 'h')
            await editor.done()
            assert.deepEqual(await kept(), { timeout: '2', unit: 'h', extra: '1.5 min' })
            assert.deepEqual(await editor.invalid(), [])
            await editor.edit(id)
            assert.deepEqual([await editor.get('extra'), await editor.get('extra-unit')], ['1.5', 'min'])
            await editor.set('extra', env('GRACE'))
            assert.equal(await editor.field('extra-unit').isDisabled(), true)
            await editor.done()
            assert.equal((await kept()).extra, env('GRACE'))
        })

        itOnce('a number that is typed in is in seconds, whatever a property of the message is counted in', async () => {
            await editor.edit(await editor.drag('socketworks-start-instance', 300, 200))
            assert.equal(await editor.get('unit'), 'ms')
            await editor.setTyped('timeout', 'num', '30')
            assert.equal(await editor.get('unit'), 's')
            await editor.setTyped('timeout', 'jsonata', '$round(payload.hours * 3600000)')
            assert.equal(await editor.get('unit'), 'ms')
            await editor.done()
        })

        it('a secret is typed in or comes from the environment, and then leaves nothing but the name of its variable', async () => {
            const c = 'node-config-input'
            await editor.edit(await editor.drag('socketworks-recover', 300, 200))
            await editor.set('socket', 'socket')
            await editor.config('socket', 'edit')
            await editor.config('broker', 'add', c)
            assert.deepEqual(
                [await editor.field('password', c).isVisible(), await editor.field('passwordEnv', c).isVisible()],
                [true, false],
            )
            await editor.set('name', 'secretive', c)
            await editor.set('password', 'hunter2', c)
            await editor.done('node-config-dialog-ok')
            const kept = () => editor.page.evaluate(brokerOf, 'secretive')
            assert.deepEqual(await kept(), { password: 'hunter2', passwordEnv: '' })
            await editor.config('broker', 'edit', c)
            await editor.set('password-source', 'env', c)
            assert.deepEqual(
                [await editor.field('password', c).isVisible(), await editor.field('passwordEnv', c).isVisible()],
                [false, true],
            )
            await editor.set('passwordEnv', 'MQTT_PASSWORD', c)
            await editor.done('node-config-dialog-ok')
            assert.deepEqual(await kept(), { password: '', passwordEnv: 'MQTT_PASSWORD' })
            await editor.config('broker', 'edit', c)
            assert.equal(await editor.get('password-source', c), 'env')
            await editor.done('node-config-dialog-ok')
            await editor.done('node-config-dialog-ok')
            await editor.done()
        })

        it('what the dialogs share is loaded once, and a node that comes before it brings it along', async () => {
            const before = await editor.page.evaluate(fetchedOnItsOwn)
            await editor.page.evaluate(async () => {
                Reflect.deleteProperty(window, 'socketworks')
                Reflect.set(window, 'socketworks', undefined)
                const html = await (await fetch('nodes/@socketworks/node-red/wait', { headers: { Accept: 'text/html' } })).text()
                $('body').append(html)
            })
            const after = await editor.page.evaluate(fetchedOnItsOwn)
            const styles = await editor.page.locator('style#socketworks-style').count()
            assert.deepEqual([before, after, styles], [0, 1, 1])
            await editor.edit(await editor.drag('socketworks-wait', 300, 200))
            assert.equal(await editor.get('unit'), 's')
        })

        it('show what is meant where an older flow has nothing, and leave it so', async () => {
            for (const id of ['terse-wait', 'terse-start']) {
                await editor.edit(id)
                await editor.set('name', 'looked at')
                await editor.done()
            }
            const wait = await editor.page.evaluate(settingsOf, 'terse-wait')
            assert.deepEqual([wait.duration, wait.durationType, wait.unit], ['payload.duration', 'msg', 's'])
            const start = await editor.page.evaluate(settingsOf, 'terse-start')
            assert.deepEqual([start.timeout, start.timeoutType, start.unit], ['payload.timeout', 'msg', 'ms'])
            assert.deepEqual([start.withRequest, start.required, start.extra], [true, false, ''])
            assert.deepEqual(await editor.invalid(), [])
        })

        itOnce('that are wrong are shown, although their part of the dialog is folded otherwise', async () => {
            const isShown = (setting: string) => editor.field(setting, 'node-config-input').isVisible()
            await editor.edit('terse-start')
            await editor.config('socket', 'edit')
            assert.deepEqual([await isShown('relay'), await isShown('groupTopics')], [false, false])
            await editor.done('node-config-dialog-ok')
            await editor.page.evaluate(change, { id: 'socket', settings: { relay: '99' } })
            await editor.config('socket', 'edit')
            assert.deepEqual([await isShown('relay'), await isShown('groupTopics')], [true, false])
            assert.equal(await editor.reason('relay', 'node-config-input'), 'Relay: must be at most 32')
        })
    })

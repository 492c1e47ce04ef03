import assert from 'node:assert/strict'
import type { Editor } from './support/editor.ts'
import { oneEditor } from './support/one-editor.ts'

declare const RED: { nodes: { node(id: string): object; convertNode(node: object): object } }

/** What the dialogs of the nodes for devices show, hide and say. */

const auth = '${DEVICE_AUTH}'
/** A *device query* as the editor saved it when it had a mode for live views. */
const saved = {
    name: '',
    ...{ mode: 'live', store: 'store', fleet: 'devices', endpoint: 'viewers', own: false },
    ...{ filter: 'payload.filter', filterType: 'msg', sort: 'payload.sort', sortType: 'msg' },
    ...{ offset: 'payload.offset', offsetType: 'msg', limit: '50', limitType: 'num' },
    ...{ device: 'payload.id', deviceType: 'msg', property: '', propertyType: 'str' },
    ...{ from: 'payload.from', fromType: 'msg', to: 'payload.to', toType: 'msg' },
}
const flows = [
    { id: 'tab', type: 'tab', label: 'sheet' },
    { id: 'store', type: 'socketworks-store-config', name: 'the store', kind: 'memory', file: 'socketworks.sqlite', retention: 400 },
    { id: 'viewers', type: 'socketworks-device-ws-endpoint', name: 'viewers', path: '/viewers', port: '0', protocol: 'smart-os-viewer' },
    { id: 'devices', type: 'socketworks-device-ws-endpoint', name: 'devices', path: '/devices', port: '0', auth, rate: 0 },
    { ...saved, id: 'former', z: 'tab', type: 'socketworks-device-query', x: 700, y: 600, wires: [[], []] },
    { id: 'terse', z: 'tab', type: 'socketworks-device-ws-out', endpoint: 'devices', x: 700, y: 700, wires: [[], []] },
]

describe('the dialogs of nodes for devices', () => {
    const c = 'node-config-input'
    const given = oneEditor({ flows })
    let editor: Editor
    beforeEach(() => {
        editor = given.editor
    })

    const visible = (setting: string, prefix = 'node-input') => editor.page.locator(`label[for="${prefix}-${setting}"]`).isVisible()

    it('a device history takes the numbers and times that its flow will take', async () => {
        await editor.edit(await editor.drag('socketworks-device-history', 300, 200))
        const fine = (setting: string) => editor.page.locator(`#node-input-${setting}:not(.input-error)`).waitFor({ state: 'attached' })
        await editor.setTyped('limit', 'num', '1')
        assert.equal(await editor.reason('limit'), 'must be at least 2')
        await editor.setTyped('limit', 'num', '2')
        await fine('limit')
        await editor.setTyped('from', 'num', '1e99')
        await editor.page.locator('#node-input-from.input-error').waitFor({ state: 'attached' })
        await editor.setTyped('from', 'num', '1e12')
        await fine('from')
        await editor.setTyped('property', 'str', ' ')
        await editor.page.locator('#node-input-property.input-error').waitFor({ state: 'attached' })
    })

    it('a device view wants to know the endpoint of its viewers, which a device query has no use for', async () => {
        await editor.edit(await editor.drag('socketworks-device-view', 300, 200))
        await editor.set('endpoint', '_ADD_')
        assert.match(await editor.reason('endpoint'), /^Viewers: /)
        await editor.set('endpoint', 'viewers')
        await editor.page.locator('#node-input-endpoint:not(.input-error)').waitFor()
        await editor.setTyped('limit', 'num', '0')
        await editor.page.locator('#node-input-limit:not(.input-error)').waitFor({ state: 'attached' })
        await editor.done()
        await editor.edit(await editor.drag('socketworks-device-query', 300, 300))
        assert.equal(await visible('endpoint'), false)
    })

    it('a device command says when callers need tokens that its endpoint does not check', async () => {
        const id = await editor.drag('socketworks-device-command', 300, 200)
        await editor.edit(id)
        await editor.set('callers', 'token')
        await editor.set('endpoint', 'devices')
        await editor.page.locator('#node-input-callers:not(.input-error)').waitFor()
        await editor.set('endpoint', 'viewers')
        assert.match(await editor.reason('callers'), /the endpoint does not check JSON Web Tokens/)
        await editor.done()
    })

    it('a device query that was saved as a view says so, keeps what it was set to, and is not marked as wrong', async () => {
        const settings = async () => {
            const now = await editor.page.evaluate(() => RED.nodes.convertNode(RED.nodes.node('former')))
            return Object.fromEntries(Object.keys(saved).map((key) => [key, Reflect.get(now, key)]))
        }
        assert.deepEqual(await editor.invalid(), [])
        await editor.edit('former')
        assert.deepEqual(await Promise.all(['name', 'filter', 'store'].map((setting) => visible(setting))), [true, false, false])
        assert.match(
            (await editor.page.locator('.socketworks-hint[data-row="name"]').textContent()) ?? '',
            /put one of those nodes in its place/,
        )
        await editor.set('name', 'the table')
        await editor.done()
        assert.deepEqual(await settings(), { ...saved, name: 'the table' })
    })

    it('a device out of a terse flow is not marked as wrong, and a 0 is shown as 0', async () => {
        assert.deepEqual(await editor.invalid(), [])
        await editor.edit('terse')
        await editor.config('endpoint', 'edit')
        assert.equal(await editor.get('rate', c), '0')
        await editor.done('node-config-dialog-ok')
        await editor.done()
    })

    it('what a device out asks for depends on whom it is for and whether that is kept', async () => {
        const shown = async () => Promise.all(['peer', 'delivery', 'ttl', 'store'].map((setting) => visible(setting)))
        await editor.edit(await editor.drag('socketworks-device-ws-out', 300, 200))
        assert.deepEqual(await shown(), [false, true, false, false])
        await editor.set('delivery', 'kept')
        assert.deepEqual(await shown(), [false, true, true, true])
        await editor.set('store', '_ADD_')
        assert.equal(await editor.reason('store'), 'Store: must not be blank')
        await editor.set('to', 'peers')
        assert.deepEqual(await shown(), [true, true, true, true])
        await editor.set('to', 'others')
        assert.deepEqual(await shown(), [false, false, false, false])
        await editor.page.locator('#node-input-store:not(.input-error)').waitFor({ state: 'attached' })
    })

    it('an endpoint asks for what its authentication needs, takes a key with its lines, and says what is wrong', async () => {
        const shown = async () => Promise.all(['token', 'key', 'issuer'].map((setting) => visible(setting, c)))
        await editor.edit(await editor.drag('socketworks-device-ws-in', 300, 200))
        await editor.config('endpoint', 'add')
        assert.deepEqual(await shown(), [false, false, false])
        await editor.set('auth', 'token', c)
        assert.deepEqual(await shown(), [true, false, false])
        await editor.set('auth', 'jwt', c)
        assert.deepEqual(await shown(), [false, true, true])
        await editor.paste('key', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n', c)
        await editor.set('path', 'things', c)
        assert.equal(await editor.reason('path', c), 'Path: must begin with /, and have no blanks, ? or #')
        await editor.set('path', '/things', c)
        await editor.set('origins', 'https://example.org, example.net', c)
        assert.match(await editor.reason('origins', c), /^Allowed origins: must be origins such as/)
        await editor.set('origins', 'https://example.org, http://127.0.0.1:8080', c)
        await editor.done('node-config-dialog-ok')
        await editor.config('endpoint', 'edit')
        assert.equal(await editor.get('auth', c), 'jwt')
        assert.equal(await editor.get('key', c), '-----BEGIN PUBLIC KEY-----\\nAAAA\\n-----END PUBLIC KEY-----')
        await editor.done('node-config-dialog-ok')
        await editor.done()
    })

    it('an endpoint whose authentication a variable decides asks for all that may be needed', async () => {
        await editor.edit(await editor.drag('socketworks-device-ws-in', 300, 200))
        await editor.set('endpoint', 'devices')
        for (let look = 1; look <= 2; look++) {
            await editor.config('endpoint', 'edit')
            assert.equal(await editor.get('auth', c), auth)
            assert.deepEqual([await visible('token', c), await visible('key', c)], [true, true])
            await editor.done('node-config-dialog-ok')
        }
        await editor.done()
    })
})

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { type RunningNodeRed, startNodeRed } from './support/node-red.ts'

const flows = [
    { id: 'tab', type: 'tab' },
    { id: 'e', type: 'socketworks-device-ws-endpoint', path: '/own' },
    { id: 'in', z: 'tab', type: 'socketworks-device-ws-in', endpoint: 'e', wires: [[], [], []] },
    { id: 'l', type: 'websocket-listener', path: '/core', wholemsg: 'false' },
    { id: 'i', z: 'tab', type: 'websocket in', server: 'l', wires: [[]] },
]

/** Both forms that Node-RED's settings.js documents. They let in who knows, and whose Origin and scheme they are told. */
const forms = {
    'gives its answer': `module.exports.webSocketNodeVerifyClient = function (info) {
        return info.req.headers['x-key'] === 'k' && info.secure === false && info.origin === undefined
    }`,
    'calls back': `module.exports.webSocketNodeVerifyClient = function (info, callback) {
        setTimeout(() => callback(info.req.headers['x-key'] === 'k' && info.secure === false, 403, 'no key'), 10)
    }`,
}

describe('webSocketNodeVerifyClient of settings.js', () => {
    let red: RunningNodeRed
    afterEach(() => red.stop())

    async function handshake(path: string, headers: Record<string, string> = {}): Promise<number> {
        const client = new WebSocket(`${red.url.replace('http', 'ws')}${path}`, { headers })
        client.on('error', () => {})
        const status = await Promise.race([
            once(client, 'open').then(() => 101),
            once(client, 'unexpected-response').then(([, response]) => response.statusCode as number),
        ])
        client.terminate()
        return status
    }

    for (const [form, code] of Object.entries(forms))
        it(`that ${form} is asked by endpoints as by the core's own nodes`, async () => {
            red = await startNodeRed({ flows, code })
            for (const path of ['/core', '/own']) {
                assert.equal(await handshake(path), form === 'calls back' ? 403 : 401, path)
                assert.equal(await handshake(path, { 'X-Key': 'k' }), 101, path)
            }
        })
})

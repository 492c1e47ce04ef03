import assert from 'node:assert/strict'
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { freePort } from '../scripts/free-port.ts'
import { type RunningNodeRed, startNodeRed } from './support/node-red.ts'

const flows = (name: string) => [
    { id: 'tab', type: 'tab' },
    { id: 'e', type: 'socketworks-device-ws-endpoint', path: '/own', name },
    { id: 'in', z: 'tab', type: 'socketworks-device-ws-in', endpoint: 'e', wires: [[], [], []] },
]
/** Milliseconds after which nobody will be answered any more. */
const PATIENCE = 5000

describe('a peer that comes back at once', () => {
    let red: RunningNodeRed | undefined
    afterEach(() => red?.stop())

    /** What a handshake came to. */
    function handshake(port: number): Promise<string> {
        const client = new WebSocket(`ws://127.0.0.1:${port}/own`)
        return new Promise((resolve) => {
            const late = setTimeout(() => end('no answer'), PATIENCE)
            const end = (result: string) => {
                clearTimeout(late)
                resolve(result)
                client.terminate()
            }
            client.on('open', () => end('open'))
            client.on('unexpected-response', (_request, { statusCode }) => end(`status ${statusCode}`))
            client.on('error', () => end('away'))
        })
    }

    it('while its endpoint is deployed anew is not left without an answer', async () => {
        red = await startNodeRed({ flows: flows('0') })
        for (let n = 1; n <= 3; n++) {
            const client: WebSocket = new WebSocket(`${red.url.replace('http', 'ws')}/own`)
            await once(client, 'open')
            const gone: Promise<unknown[]> = once(client, 'close')
            const deployed = red.deploy(flows(String(n)))
            assert.equal((await gone)[0], 1012)
            assert.match(await handshake(red.port), /^(open|status 503)$/)
            await deployed
            for (let result = ''; result !== 'open'; assert.match(result, /^(open|status 503)$/)) result = await handshake(red.port)
        }
    })

    it('while Node-RED starts is not left without an answer', async () => {
        const port = await freePort()
        const tries: Promise<string>[] = []
        const trying = setInterval(() => tries.push(handshake(port)), 2)
        try {
            red = await startNodeRed({ flows: flows('0'), port })
        } finally {
            clearInterval(trying)
        }
        assert.deepEqual(
            [...new Set(await Promise.all(tries))].filter((result) => !['open', 'away'].includes(result)),
            [],
        )
    })
})

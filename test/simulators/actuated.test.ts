import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { ActuatedDevice } from '../../simulators/actuated/device.ts'

describe('a simulated device that takes commands', () => {
    it('does a command once that comes again meanwhile, and answers over the connection that it has then', async () => {
        const server = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: () => 'echo-protocol' })
        await once(server, 'listening')
        const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
        const faults = { refuse: 0, silent: 0, vanish: 0, wrong: 0, random: () => 0.5 }
        const device = new ActuatedDevice({ url, id: 'lamp', token: 't', kind: 'led', answers: true, delay: 200, reconnect: 0, ...faults })
        const done: string[] = []
        device.on('did', (command) => done.push(command))
        const content = { type: 'command', content: { command: 'LED.v1.0', params: [{ name: 'LED', value: '1' }] } }
        /** Sends the command over the next connection. */
        const command = async (): Promise<WebSocket> => {
            const [client] = (await once(server, 'connection')) as [WebSocket]
            await once(client, 'message')
            client.send(JSON.stringify({ code: 1024, content, id: 'c1' }))
            return client
        }
        const answered = (client: WebSocket, wanted: string) =>
            new Promise<object>((resolve) => {
                client.on('message', (data) => {
                    const answer = JSON.parse(String(data))
                    if (answer.status === wanted) resolve(answer)
                })
            })
        const first = await command()
        await answered(first, 'received')
        first.terminate()
        const second = await command()
        assert.deepEqual(await answered(second, 'done'), { type: 'answer', id: 'c1', status: 'done', value: { LED: '1' } })
        const again = answered(second, 'done')
        second.send(JSON.stringify({ code: 1024, content, id: 'c1' }))
        await again
        assert.deepEqual(done, ['LED.v1.0'])
        device.stop()
        server.close()
    })
})

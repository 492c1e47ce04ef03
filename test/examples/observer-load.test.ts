import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { WebSocket } from 'ws'
import { type RunningNodeRed, startNodeRed } from '../support/node-red.ts'
import { example } from '../support/service.ts'

const [DEVICES, VIEWERS, ROUNDS] = [1000, 100, 5]

/** What a viewer has been shown: for each device its latest count. */
type Seen = Map<string, number>

describe('a thousand devices and a hundred viewers', () => {
    let red: RunningNodeRed
    const sockets: WebSocket[] = []
    before(async () => {
        red = await startNodeRed({ flows: await example('fleet-observer') })
    })
    after(async () => {
        for (const socket of sockets) socket.terminate()
        await red.stop()
    })

    async function connect(path: string): Promise<WebSocket> {
        const socket = new WebSocket(red.url.replace('http', 'ws') + path)
        sockets.push(socket)
        socket.setMaxListeners(0)
        await once(socket, 'open')
        return socket
    }

    async function view(): Promise<{ socket: WebSocket; seen: Seen }> {
        const seen: Seen = new Map()
        const socket = await connect('/client/')
        socket.on('message', (data) => {
            const { type, message } = JSON.parse(String(data))
            if (type === 'INIT') for (const row of message) seen.set(row.serial_number, row.count)
            if (type === 'UPDT') seen.set(message.slice(5, 9), JSON.parse(message.slice(10)).count)
        })
        return { socket, seen }
    }

    /** Sends an update and resolves once it is acknowledged. */
    function report(device: WebSocket, serial: string, count: number): Promise<void> {
        const header = `${String(count).padStart(4, '0')}:${serial}`
        return new Promise((resolve) => {
            const heard = (data: unknown) => {
                if (!String(data).includes(`${header}:OK`)) return
                device.off('message', heard)
                resolve()
            }
            device.on('message', heard)
            device.send(JSON.stringify({ type: 'UPDT', message: `${header}:{"count":${count}}` }))
        })
    }

    /** Resolves once a viewer has seen the last count of every device. */
    async function caughtUp({ socket, seen }: { socket: WebSocket; seen: Seen }): Promise<void> {
        const signal = AbortSignal.timeout(30_000)
        while (seen.size < DEVICES || [...seen.values()].some((count) => count !== ROUNDS)) await once(socket, 'message', { signal })
    }

    it('lose nothing, in bounded memory, whoever stops reading', async () => {
        const serials = Array.from({ length: DEVICES }, (_, n) => String(n).padStart(4, '0'))
        const viewers = await Promise.all(Array.from({ length: VIEWERS }, view))
        const [deaf, ...others] = viewers
        deaf!.socket.pause()
        const devices: WebSocket[] = []
        for (const _ of serials) devices.push(await connect('/update/'))
        for (let count = 1; count <= ROUNDS; count++) await Promise.all(devices.map((device, n) => report(device, serials[n]!, count)))
        await Promise.all(others.map(caughtUp))
        // It slowed nobody, and now has the latest state.
        deaf!.socket.resume()
        await caughtUp(deaf!)
        const [, resident] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${red.pid}/status`, 'utf8'))!
        assert.ok(Number(resident) < 600_000, `${resident} kB`)
    })
})

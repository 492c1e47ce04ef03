// Devices of an actuation gateway, in a process of their own and as cheap as can be, so that the gateway is what is measured. Each line of
// the input is a job: `{url, devices}` has devices connect, so many at once, and `{}` has all of them go. Each is answered by a line.

import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { frames, masked } from './wire.ts'

const AT_ONCE = 50

interface Device {
    id: string
    token: string
}

/** What one device says, ready to be written. */
interface Words {
    handshake: Buffer
    hello: Buffer
}

const sockets = new Set<Socket>()

function wordsOf({ hostname, port, pathname }: URL, { id, token }: Device): Words {
    const head = [
        ...[`GET ${pathname} HTTP/1.1`, `Host: ${hostname}:${port}`, 'Upgrade: websocket', 'Connection: Upgrade'],
        ...['Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${'A'.repeat(22)}==`, 'Sec-WebSocket-Protocol: echo-protocol', '', ''],
    ]
    const hello = { type: 'device', deviceId: id, deviceToken: token, answers: true }
    return { handshake: Buffer.from(head.join('\r\n')), hello: masked(JSON.stringify(hello)) }
}

/** Connects, and resolves once it was let in. From then on it does what it is told to. */
function come({ hostname, port }: URL, { handshake, hello }: Words): Promise<void> {
    return new Promise((resolve, reject) => {
        const socket = connect({ host: hostname, port: Number(port), noDelay: true })
        sockets.add(socket)
        socket.write(handshake)
        const hear = frames((text) => {
            const { code, id } = JSON.parse(text)
            if (code === 200) resolve()
            else if (code === 1024) socket.write(masked(JSON.stringify({ type: 'answer', id, status: 'done', value: 1 })))
            else reject(new Error(text))
        })
        socket.once('data', (chunk: Buffer) => {
            if (!chunk.toString('latin1').startsWith('HTTP/1.1 101')) return reject(new Error(String(chunk)))
            socket.on('data', hear)
            socket.write(hello)
        })
        socket.on('error', reject)
    })
}

async function comeAll(url: URL, devices: readonly Device[]): Promise<void> {
    const left = devices.map((device) => wordsOf(url, device)).values()
    const client = async () => {
        for (const words of left) await come(url, words)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, client))
}

for await (const line of createInterface({ input: process.stdin })) {
    const { url, devices } = JSON.parse(line)
    if (url) await comeAll(new URL(url), devices)
    else for (const socket of sockets) socket.destroy()
    if (!url) sockets.clear()
    console.log('done')
}

// What channels are compared with: `ws` alone, which sends each message to each subscriber and keeps nothing.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { WebSocketServer } from 'ws'

const server = createServer()
const sockets = new WebSocketServer({ server })

/** At a steady rate. */
function send({ rate, seconds }: { rate: number; seconds: number }): void {
    const began = Date.now()
    let n = 0
    const timer = setInterval(() => {
        const due = Math.min(Math.floor(((Date.now() - began) / 1000) * rate), rate * seconds)
        for (; n < due; n++) {
            const text = JSON.stringify({ n, at: Date.now(), text: 'x'.repeat(60) })
            for (const socket of sockets.clients) socket.send(text)
        }
        if (n === rate * seconds) clearInterval(timer)
    }, 5)
}

createInterface({ input: process.stdin }).on('line', (line) => send(JSON.parse(line)))
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))

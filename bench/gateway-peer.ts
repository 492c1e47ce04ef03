// What our gateway is compared with, by its first argument: `seed` lets devices in as the OISP server of the seeds does, with `websocket`
// and `jsonwebtoken`; `bare` does the same with `ws` alone, and sends commands, in memory. The second argument is the public key.
import { createPublicKey } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import websocket from 'websocket'
import { type WebSocket, WebSocketServer } from 'ws'
import { verify } from './jsonwebtoken.ts'

const [which, pem] = process.argv.slice(2)
const server = createServer()

function seed(): void {
    const devices = new Map<string, websocket.connection>()
    const sockets = new websocket.server({ httpServer: server, autoAcceptConnections: false })
    sockets.on('request', (request) => {
        const connection = request.accept('echo-protocol', request.origin)
        connection.on('message', (message) => {
            const { deviceId, deviceToken } = JSON.parse((message as websocket.IUtf8Message).utf8Data)
            if (verify(deviceToken, pem!).sub !== deviceId) return connection.close(1008)
            devices.get(deviceId)?.close()
            devices.set(deviceId, connection)
            connection.sendUTF(JSON.stringify({ code: 200, content: 'Subscribed to ws server' }))
        })
        connection.on('close', () => {
            for (const [id, other] of devices) if (other === connection) devices.delete(id)
        })
    })
}

/** The least that a server on that of Node.js can do: it reads the key once. */
function bare(): void {
    const key = createPublicKey(pem!)
    const devices = new Map<string, WebSocket>()
    const waiting = new Map<string, ServerResponse>()
    let count = 0
    const hear = (socket: WebSocket, text: string) => {
        const { type, deviceId, deviceToken, id, value } = JSON.parse(text)
        if (type === 'answer') return void waiting.get(id)?.end(JSON.stringify({ value }))
        if (verify(deviceToken, key).sub !== deviceId) return socket.close(1008)
        devices.set(deviceId, socket)
        socket.send(JSON.stringify({ code: 200, content: 'Subscribed to ws server' }))
    }
    new WebSocketServer({ server }).on('connection', (socket) => socket.on('message', (data) => hear(socket, String(data))))
    server.on('request', async (request, response) => {
        let body = ''
        for await (const chunk of request) body += chunk
        const id = `${count++}`
        waiting.set(
            id,
            response.on('close', () => waiting.delete(id)),
        )
        devices.get(request.url!.split(/[/?]/).at(-2)!)!.send(JSON.stringify({ code: 1024, id, content: { content: JSON.parse(body) } }))
    })
}

if (which === 'seed') seed()
else bare()
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))

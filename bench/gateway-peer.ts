// What our gateway is compared with, by its first argument: `seed` lets devices in as the OISP server of the seeds does, with `websocket`
// and `jsonwebtoken`; `bare` does the same with `ws` alone, and sends commands, in memory. The second argument is the public key.
import { createPublicKey, createVerify, type KeyObject } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import websocket from 'websocket'
import { type WebSocket, WebSocketServer } from 'ws'

const [which, pem] = process.argv.slice(2)
const textOf = (part: string | undefined): string => Buffer.from(part ?? '', 'base64url').toString()

/**
 * Does what `verify` of jsonwebtoken 9 does for RS256 and a key that is given as text: it reads that key for each token. It stands in for
 * that package, which is not installed; what it leaves out are checks of options that nobody sets here.
 */
function verify(token: string, key: string | KeyObject): { sub?: string; exp?: number } {
    const [head, body, signature] = token.split('.')
    const { alg } = JSON.parse(textOf(head))
    const payload = JSON.parse(textOf(body))
    const read = typeof key === 'string' ? createPublicKey(key) : key
    if (read.asymmetricKeyType !== 'rsa' || alg !== 'RS256') throw new Error('invalid algorithm')
    if (read.asymmetricKeyDetails!.modulusLength! < 2048) throw new Error('the key is too small')
    const isGood = createVerify('RSA-SHA256').update(`${head}.${body}`).verify(read, signature!, 'base64url')
    const now = Math.floor(Date.now() / 1000)
    if (!isGood || payload.nbf > now || now >= payload.exp) throw new Error('invalid token')
    return payload
}

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

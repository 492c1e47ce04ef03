// The least that a fleet server can be: ws, node:sqlite, a commit for what one turn of the event loop brings, one frame for all viewers.
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type WebSocket, WebSocketServer } from 'ws'

const folder = mkdtempSync(join(tmpdir(), 'socketworks-bare-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
process.on('SIGTERM', () => process.exit(0))
const db = new DatabaseSync(join(folder, 'fleet.sqlite'))
db.exec('pragma journal_mode=wal; pragma synchronous=full; create table devices (serial text primary key, state text)')
const put = db.prepare('insert into devices values (?, ?) on conflict (serial) do update set state = excluded.state')
const viewers = new Set<WebSocket>()
let waiting: { socket: WebSocket; header: string; text: string }[] = []

function commit(): void {
    const batch = waiting
    waiting = []
    db.exec('begin')
    for (const { header, text } of batch) put.run(header.slice(5, 9), text)
    db.exec('commit')
    for (const { socket, header } of batch) socket.send(`{"type":"INFO","message":"${header}:OK"}`)
    for (const viewer of viewers) for (const { text } of batch) viewer.send(text)
}

const server = createServer()
new WebSocketServer({ server }).on('connection', (socket, { url }) => {
    if (url?.startsWith('/client')) {
        viewers.add(socket)
        socket.on('close', () => viewers.delete(socket))
        return
    }
    socket.on('message', (data) => {
        const text = String(data)
        if (waiting.push({ socket, header: JSON.parse(text).message.slice(0, 9), text }) === 1) setImmediate(commit)
    })
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))

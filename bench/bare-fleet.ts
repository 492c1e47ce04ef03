// The least that a fleet server can be: ws, node:sqlite, a commit for what one turn of the event loop brings, one write for each viewer.
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'

const folder = mkdtempSync(join(tmpdir(), 'socketworks-bare-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
process.on('SIGTERM', () => process.exit(0))
const db = new DatabaseSync(join(folder, 'fleet.sqlite'))
db.exec('pragma journal_mode=wal; pragma synchronous=full; create table devices (serial text primary key, state text)')
const put = db.prepare('insert into devices values (?, ?) on conflict (serial) do update set state = excluded.state')
const viewers = new Set<Duplex>()
let waiting: { socket: WebSocket; header: string; text: string }[] = []

/** All texts of a batch as frames of RFC 6455, put together once: a viewer costs one write. */
const framed = (texts: string[]): Buffer =>
    Buffer.concat(
        texts.flatMap((text) => {
            const bytes = Buffer.from(text)
            const head = bytes.length < 126 ? [0x81, bytes.length] : [0x81, 126, bytes.length >> 8, bytes.length & 0xff]
            return [Buffer.from(head), bytes]
        }),
    )

function commit(): void {
    const batch = waiting
    waiting = []
    db.exec('begin')
    for (const { header, text } of batch) put.run(header.slice(5, 9), text)
    db.exec('commit')
    for (const { socket, header } of batch) socket.send(`{"type":"INFO","message":"${header}:OK"}`)
    const all = framed(batch.map(({ text }) => text))
    for (const viewer of viewers) viewer.write(all)
}

const server = createServer()
new WebSocketServer({ server }).on('connection', (socket, { url, socket: stream }) => {
    if (url?.startsWith('/client')) {
        viewers.add(stream)
        socket.on('close', () => viewers.delete(stream))
        return
    }
    socket.on('message', (data) => {
        const text = String(data)
        if (waiting.push({ socket, header: JSON.parse(text).message.slice(0, 9), text }) === 1) setImmediate(commit)
    })
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** Text of up to 64 KB as a client's frame: masked with zeros, which leaves it readable. */
export function masked(text: string): Buffer {
    const bytes = Buffer.from(text)
    const length = bytes.length < 126 ? [bytes.length] : [126, bytes.length >> 8, bytes.length & 0xff]
    return Buffer.concat([Buffer.from([0x81, 0x80 | length[0]!, ...length.slice(1), 0, 0, 0, 0]), bytes])
}

/** A WebSocket client that costs next to nothing, so that the server is what is measured and not the load. */
export class Wire {
    readonly socket: Socket
    #rest: Buffer = Buffer.alloc(0)

    private constructor(socket: Socket) {
        this.socket = socket
    }

    static async open(url: string, subprotocol?: string): Promise<Wire> {
        const { hostname, port, pathname } = new URL(url)
        const socket = connect({ host: hostname, port: Number(port), noDelay: true })
        await once(socket, 'connect')
        const headers = ['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${'A'.repeat(22)}==`]
        if (subprotocol) headers.push(`Sec-WebSocket-Protocol: ${subprotocol}`)
        socket.write([`GET ${pathname} HTTP/1.1`, `Host: ${hostname}:${port}`, ...headers, '', ''].join('\r\n'))
        let head = Buffer.alloc(0)
        while (!head.includes('\r\n\r\n')) head = Buffer.concat([head, (await once(socket, 'data'))[0] as Buffer])
        if (!head.toString('latin1').startsWith('HTTP/1.1 101')) throw new Error(`no WebSocket: ${head.toString('latin1')}`)
        const wire = new Wire(socket)
        wire.#rest = head.subarray(head.indexOf('\r\n\r\n') + 4)
        return wire
    }

    /** Calls back for each frame that the server sends, with where its text ends and begins. Pings are not answered: nothing here runs that long. */
    onFrame(hear: (bytes: Buffer, end: number, start: number) => void): void {
        this.socket.on('data', reader(hear, this.#rest))
    }
}

/** Takes what a server sends, and calls back for the text of each frame. */
export const frames = (hear: (text: string) => void) => reader((bytes, end, start) => hear(bytes.toString('utf8', start, end)))

function reader(hear: (bytes: Buffer, end: number, start: number) => void, rest: Buffer = Buffer.alloc(0)): (chunk: Buffer) => void {
    return (chunk) => {
        const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
        let at = 0
        for (let end = frameEnd(bytes, at); end <= bytes.length; end = frameEnd(bytes, at)) {
            if ((bytes[at]! & 0x0f) === 1) hear(bytes, end, contentStart(bytes, at))
            at = end
        }
        rest = bytes.subarray(at)
    }
}

const contentStart = (bytes: Buffer, at: number): number => at + (bytes[at + 1]! < 126 ? 2 : bytes[at + 1] === 126 ? 4 : 10)

function frameEnd(bytes: Buffer, at: number): number {
    if (bytes.length < at + 2) return Number.POSITIVE_INFINITY
    const start = contentStart(bytes, at)
    if (bytes.length < start) return Number.POSITIVE_INFINITY
    const short = bytes[at + 1]!
    return start + (short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : bytes.readUInt32BE(at + 6))
}

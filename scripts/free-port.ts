import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** From here up no system gives ports to connections, of which the tests beside have many: one of them would take it in a moment. */
const FROM = 20_000
const TO = 32_000

/** A port of this machine that nobody listens on, for a program that is about to. */
export async function freePort(): Promise<number> {
    for (;;) {
        const port = randomInt(FROM, TO)
        if (await isFree(port)) return port
    }
}

async function isFree(port: number): Promise<boolean> {
    const server = createServer()
    try {
        await once(server.listen(port, '127.0.0.1'), 'listening')
    } catch {
        return false
    }
    server.close()
    await once(server, 'close')
    return true
}

// Once it is told to: listens for devices, takes up the commands that are kept, and gives more of them, saying so, until it is killed.
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { writeSync } from 'node:fs'
import { createServer } from 'node:http'
import { commandsOf } from '../../../../src/commands/index.ts'
import { systemClock } from '../../../../src/lib/index.ts'
import { protocols, Sessions } from '../../../../src/peers/index.ts'
import { openStore } from '../../../../src/stores.ts'
import { tasksOn } from '../../../../src/tasks/index.ts'
import { anyone, WsEndpoint } from '../../../../src/ws/index.ts'
import { random } from '../../../support/random.ts'

const [place, port, life, devices] = process.argv.slice(2)
const say = (...words: unknown[]) => void writeSync(1, `${JSON.stringify(words)}\n`)
const log = (...words: unknown[]) => say('log', ...words.map(String))
/** Whether it gives commands, or only brings those to an end that there are. */
const [told] = await once(process.stdin, 'data')
const isBusy = String(told).trim() === 'busy'

const draw = random(Number(life))
const { signal } = new AbortController()
const common = { clock: systemClock, newId: randomUUID, log }
const store = openStore({ ...JSON.parse(place!), retentionDays: 0, clock: systemClock, log })
const server = createServer()
const protocol = protocols.oisp
const endpoint = new WsEndpoint({
    ...common,
    ...{ server, path: '/', subprotocols: protocol.subprotocols!, authenticate: anyone, idInAddress: false, isAllowedOrigin: () => true },
    ...{ maxFrame: 65_536, rate: 0, maxConnections: 100, pingInterval: 25_000, highWater: 1_048_576, compression: false },
    duplicate: 'close-old',
})
const sessions = new Sessions({ endpoint, protocol, check: () => ({ identity: {} }), log, signal })
const commands = commandsOf({ endpoint, sessions, id: 'e', jitter: 20, random: draw, ...common })(store)
commands.attach('n', ({ id, ending }) => say('ended', id, ending!.outcome, life), signal)
server.listen(Number(port), '127.0.0.1')
const names = devices!.split(',')
let count = 0

async function give(): Promise<void> {
    const order = {
        ...{
            node: 'n',
            account: '',
            component: 'c',
            command: 'LED.v1.0',
            caller: '',
            origin: '',
            keep: true,
            idempotencyKey: null,
            collapseKey: null,
        },
        device: names[Math.floor(draw() * names.length)]!,
        params: [{ name: 'key', value: `${life}.${count++}` }],
        notAfter: Date.now() + (draw() < 0.4 ? Math.floor(draw() * 150) : 600_000),
        ...{ timeout: 150, resend: draw() < 0.6 },
    }
    const { id } = await commands.send(order, 10_000)
    say('kept', id)
    await commands.outcome(id, 20, signal)
}

async function work(): Promise<void> {
    for (;;) await give()
}

if (isBusy) await Promise.all([work(), work(), work()]).catch((error) => say('failed', String(error)))
// Before that nobody knows how many there are.
await tasksOn(store, common).begin(signal)
for (;;) {
    const changed = new Promise<void>((resolve) => commands.onSize(resolve, signal))
    if ((await commands.list({ ended: false, limit: 1 })).length === 0 && commands.size === 0) break
    await changed
}
say('over')

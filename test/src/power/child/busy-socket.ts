// Owns a socket on a file, says what runs, and once it is told to starts and stops instances, saying so, until it is killed.
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { writeSync } from 'node:fs'
import { systemClock } from '../../../../src/lib/index.ts'
import { connectBroker } from '../../../../src/mqtt/index.ts'
import { Tasmota } from '../../../../src/power/families/tasmota/tasmota.ts'
import { Socket } from '../../../../src/power/index.ts'
import { openStore } from '../../../../src/stores.ts'
import { until } from '../../../support/bench.ts'
import { random } from '../../../support/random.ts'

const [file, port, seed] = process.argv.slice(2)
const say = (...words: string[]) => void writeSync(1, `${words.join(' ')}\n`)
const log = (...words: unknown[]) => say('log', ...words.map(String))
const store = openStore({ file: file!, retentionDays: 0, clock: systemClock, log })
const broker = connectBroker({ protocol: 'mqtt', host: '127.0.0.1', port: Number(port), path: '', clientId: '', version: '3.1.1', log })
const socket = new Socket({
    id: 's1',
    name: 'heater',
    store,
    broker,
    family: new Tasmota({ topic: 'smart-socket', fullTopic: '%prefix%/%topic%/', relay: 1 }),
    clock: systemClock,
    newId: randomUUID,
    log,
    confirm: 5000,
    interval: 5000,
    idleInterval: 0,
    offGuard: false,
    signal: new AbortController().signal,
})
await until(socket, () => socket.view.trouble === undefined && socket.view.power !== 'unknown')
const mine = socket.records.status.runningInstances
say('running', ...mine)
await once(process.stdin, 'data')

const next = random(Number(seed))

async function start(): Promise<void> {
    say('starting')
    const { id } = await socket.start(next() < 0.2 ? 3_600_000 : 0)
    say('started', id)
    mine.push(id)
}

async function stop(): Promise<void> {
    const [id] = mine.splice(Math.floor(next() * mine.length), 1)
    say('stopping', id!)
    await socket.stop(id!)
    say('stopped', id!)
}

async function work(): Promise<void> {
    for (;;) await (next() < (mine.length === 0 ? 1 : 0.4) ? start() : stop())
}
await Promise.all([work(), work(), work()]).catch((error) => say('failed', String(error)))

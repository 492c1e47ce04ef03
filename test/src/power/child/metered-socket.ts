// Owns a socket in a store, given as JSON, on which one instance runs, and says what its meter has counted at each reading, and once that is
// committed, until it is killed.
import { randomUUID } from 'node:crypto'
import { writeSync } from 'node:fs'
import { systemClock } from '../../../../src/lib/index.ts'
import { connectBroker } from '../../../../src/mqtt/index.ts'
import { Tasmota } from '../../../../src/power/families/tasmota/tasmota.ts'
import { Socket } from '../../../../src/power/index.ts'
import { openStore } from '../../../../src/stores.ts'

const [place, port] = process.argv.slice(2)
const log = () => {}
const { signal } = new AbortController()
const say = (word: string, energy: number) => void writeSync(1, `${JSON.stringify([word, energy])}\n`)
const store = openStore({ ...JSON.parse(place!), retentionDays: 0, clock: systemClock, log })
const { addSample } = store.power
let given: number | undefined
store.power.addSample = async (id, reading, meter) => {
    given = meter?.energy
    await addSample(id, reading, meter)
    if (meter) say('committed', meter.energy)
}
const socket = new Socket({
    id: 's1',
    name: 'heater',
    store,
    broker: connectBroker({ protocol: 'mqtt', host: '127.0.0.1', port: Number(port), path: '', clientId: '', version: '3.1.1', log }),
    family: new Tasmota({ topic: 'smart-socket', fullTopic: '%prefix%/%topic%/', relay: 1 }),
    clock: systemClock,
    newId: randomUUID,
    log,
    confirm: 5000,
    interval: 100,
    idleInterval: 0,
    offGuard: false,
    signal,
})
socket.events.onEvent(({ kind }) => {
    // The store is given each reading before anybody is told of it.
    if (kind === 'reading' && socket.meter) say(given === socket.meter.energy ? 'read' : 'not given', socket.meter.energy)
}, signal)
await socket.ready()
if (socket.records.status.runningInstances.length === 0) await socket.start()

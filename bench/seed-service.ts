// What the smart-socket service of the seeds does for its main requests, as its README tells it, and no more: Express, MQTT, and a store in
// memory. Each start asks the plug for a reading; nothing is written down. node bench/seed-service.ts <port of the broker>
import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import type { AddressInfo } from 'node:net'
import express, { type Response } from 'express'
import { connect } from 'mqtt'

const fields = ['Today', 'ApparentPower', 'Current', 'Factor', 'Power', 'ReactivePower', 'Voltage'] as const
const CONFIRM = 5000

type Energy = Record<string, unknown[]>
interface Instance {
    id: string
    energy: Energy
    timeout: number
    startTimestamp: Date
    stopTimestamp: Date | null
    powerOnTimestamp: Date | null
    powerOffTimestamp: Date | null
    isEmergencyStopped: boolean
    isManuallyStopped: boolean
}

const instances: Record<string, Instance> = {}
const server = {
    isEmergencyStopped: false,
    energyToday: 0,
    initialEnergy: null as object | null,
    runningInstances: [] as string[],
    powerStatus: [] as object[],
}
const said = new EventEmitter().setMaxListeners(0)
const client = connect(`mqtt://127.0.0.1:${process.argv[2]}`)
client.on('connect', () => {
    client.stream instanceof Object && 'setNoDelay' in client.stream && (client.stream as import('node:net').Socket).setNoDelay(true)
    client.subscribe(['stat/smart-socket/POWER', 'stat/smart-socket/STATUS10'])
})
client.on('message', (topic, payload) => said.emit(topic.slice(topic.lastIndexOf('/') + 1), payload.toString()))

/** What the plug says next of that. */
function next(leaf: string): Promise<string> {
    return new Promise((resolve, reject) => {
        const hear = (payload: string) => {
            clearTimeout(late)
            resolve(payload)
        }
        const late = setTimeout(() => {
            said.off(leaf, hear)
            reject(new Error('no answer'))
        }, CONFIRM)
        said.once(leaf, hear)
    })
}

async function turn(power: 'ON' | 'OFF'): Promise<void> {
    const answer = next('POWER')
    client.publish('cmnd/smart-socket/POWER', power)
    if ((await answer) !== power) throw new Error('the socket was not switched')
}

async function read(): Promise<Record<string, unknown>> {
    const answer = next('STATUS10')
    client.publish('cmnd/smart-socket/STATUS', '10')
    return JSON.parse(await answer).StatusSNS.ENERGY
}

async function start(timeout: number): Promise<Instance> {
    const isFirst = server.runningInstances.length === 0
    if (isFirst) await turn('ON')
    const energy = await read()
    const now = new Date()
    const id = randomUUID()
    const lists = Object.fromEntries(fields.map((name) => [name, [energy[name]]]))
    const instance: Instance = {
        id,
        energy: { ...lists, timestamp: [now] },
        timeout,
        startTimestamp: now,
        stopTimestamp: null,
        powerOnTimestamp: isFirst ? now : null,
        powerOffTimestamp: null,
        isEmergencyStopped: false,
        isManuallyStopped: false,
    }
    server.initialEnergy ??= energy
    instances[id] = instance
    server.runningInstances.push(id)
    if (isFirst) server.powerStatus.push({ powerOn: { instanceId: id, timestamp: now }, powerOff: null })
    return instance
}

async function stop(instance: Instance): Promise<void> {
    const isLast = server.runningInstances.length === 1
    if (isLast) await turn('OFF')
    instance.stopTimestamp = new Date()
    if (isLast) instance.powerOffTimestamp = instance.stopTimestamp
    server.runningInstances = server.runningInstances.filter((id) => id !== instance.id)
}

const failed = (response: Response) => (error: Error) => void response.status(500).json({ message: error.message })

const app = express()
app.use(express.json())
app.post('/api/instance', (request, response) => {
    start(Number(request.body?.timeout ?? 0)).then((instance) => response.json({ instance }), failed(response))
})
app.put('/api/instance/:id', (request, response) => {
    const instance = instances[request.params.id]
    if (!instance) response.status(404).json({ message: 'not found' })
    else stop(instance).then(() => response.json({ instance }), failed(response))
})
app.get('/api/server/status', (_request, response) => void response.json(server))
const listening = app.listen(0, '127.0.0.1', () => console.log((listening.address() as AddressInfo).port))
process.on('SIGTERM', () => process.exit(0))

// What the smart-socket service of the seeds does for its main requests, written anew after its README and its published behaviour: Express,
// MQTT and a store in memory that is never written down. Each reading is added to the lists of every instance that runs, which is what its
// answers hold and what makes it slower with each instance. node bench/seed-service.ts <port of the broker>
import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import type { AddressInfo } from 'node:net'
import express, { type Request, type Response, Router } from 'express'
import { connect } from 'mqtt'

const fields = {
    today: 'Today',
    apparentPower: 'ApparentPower',
    current: 'Current',
    factor: 'Factor',
    power: 'Power',
    reactivePower: 'ReactivePower',
    voltage: 'Voltage',
} as const
/** Milliseconds that an answer of the plug is waited for. */
const CONFIRM = 5000
/** Milliseconds between two readings while something runs, and between two looks at whether something does. */
const [READ_EVERY, LOOK_EVERY] = [5000, 2000]

type Reading = Record<keyof typeof fields, number>
interface Instance {
    id: string
    energy?: Record<keyof typeof fields, number[]>
    timeout: number
    startTimestamp: Date
    stopTimestamp: Date | null
    powerOnTimestamp: Date | null
    powerOffTimestamp: Date | null
    isEmergencyStopped: boolean
    isManuallyStopped: boolean
}
interface Report {
    success: boolean
    statusCode: number
    message: string
    instanceId: string
    instance?: Instance
}

const instances: Record<string, Instance> = {}
const server = {
    runningInstances: [] as string[],
    energyToday: 0,
    initialEnergy: null as Reading | null,
    powerStatus: [{ powerOn: null, powerOff: null }] as { powerOn: object | null; powerOff: object | null }[],
    instancesStarting: [] as string[],
    instancesStopping: [] as string[],
    runningInstancesWithTimeout: [] as string[],
    connectedSocketName: null as string | null,
    isEmergencyStopped: false,
}
const heard = new EventEmitter().setMaxListeners(0)
const topic = (kind: string, leaf: string) => `${kind}/smart-socket/${leaf}`
const client = connect(`mqtt://127.0.0.1:${process.argv[2]}`)
client.on('connect', () => client.subscribe(['STATUS10', 'POWER', 'STATUS'].map((leaf) => topic('stat', leaf))))
client.on('message', (from, payload) => {
    if (from === topic('stat', 'STATUS')) server.connectedSocketName = JSON.parse(payload.toString()).Status.DeviceName
    else if (from === topic('stat', 'STATUS10')) hearEnergy(JSON.parse(payload.toString()).StatusSNS.ENERGY)
    else if (from === topic('stat', 'POWER')) heard.emit('power', payload.toString())
})

function hearEnergy(energy: Record<string, number> | undefined): void {
    if (energy) heard.emit('energy', Object.fromEntries(Object.entries(fields).map(([name, theirs]) => [name, energy[theirs]])))
}

/** What is heard next of that. As there, the time that it may take runs on when it has come. */
const next = <T>(event: string): Promise<T> =>
    new Promise((resolve, reject) => {
        heard.once(event, resolve)
        setTimeout(() => reject(new Error(`nothing was heard of ${event}`)), CONFIRM)
    })

function turn(power: 'ON' | 'OFF'): Promise<string> {
    client.publish(topic('cmnd', 'POWER'), power)
    return next<string>('power')
}

async function read(): Promise<Reading> {
    client.publish(topic('cmnd', 'STATUS'), '10')
    const reading = await next<Reading>('energy')
    server.energyToday = reading.today
    server.initialEnergy ??= { ...reading }
    for (const id of server.runningInstances) add(instances[id]!, reading)
    return reading
}

function add(instance: Instance, reading: Reading): void {
    instance.energy ??= listsOf()
    for (const name of Object.keys(fields) as (keyof Reading)[]) instance.energy[name].push(reading[name])
}

const listsOf = () => Object.fromEntries(Object.keys(fields).map((name) => [name, []])) as unknown as Record<keyof Reading, number[]>

const without = (ids: string[], id: string) => ids.filter((other) => other !== id)

async function start(timeout: number): Promise<Report> {
    const id = randomUUID()
    const report = { instanceId: id, statusCode: 200, success: true, message: `instance ${id} was started` }
    const failed = { ...report, success: false }
    if (server.isEmergencyStopped) return { ...failed, statusCode: 409, message: 'the socket was stopped in an emergency' }
    const now = new Date()
    const instance: Instance = {
        ...{ id, timeout, startTimestamp: now, stopTimestamp: null, powerOnTimestamp: null, powerOffTimestamp: null },
        ...{ isEmergencyStopped: false, isManuallyStopped: false },
    }
    const isFirst = server.runningInstances.length === 0
    instances[id] = instance
    server.runningInstances.push(id)
    server.instancesStarting.push(id)
    if (timeout > 0) server.runningInstancesWithTimeout.push(id)
    if (isFirst) {
        server.powerStatus.push({ powerOn: { instanceId: id, timestamp: now }, powerOff: null })
        instance.powerOnTimestamp = now
    }
    const [reading, power] = await Promise.all([read(), isFirst ? turn('ON') : 'ON'])
    if (power !== 'ON') return { ...failed, statusCode: 409, message: 'the socket was turned off' }
    server.instancesStarting = without(server.instancesStarting, id)
    instance.energy = listsOf()
    add(instance, reading)
    return { ...report, instance }
}

async function stop(id: string): Promise<Report> {
    const instance = instances[id]
    const report = { instanceId: id, statusCode: 200, success: true, message: `instance ${id} was stopped` }
    if (!instance) return { ...report, success: false, statusCode: 404, message: `there is no instance ${id}` }
    if (instance.stopTimestamp) return { ...report, instance }
    server.instancesStopping.push(id)
    instance.stopTimestamp = new Date()
    const isLast = server.runningInstances.length === 1
    server.runningInstances = without(server.runningInstances, id)
    server.runningInstancesWithTimeout = without(server.runningInstancesWithTimeout, id)
    if (isLast) {
        instance.powerOffTimestamp = new Date()
        server.powerStatus.at(-1)!.powerOff = { instanceId: id, timestamp: instance.powerOffTimestamp }
        if ((await turn('OFF')) !== 'OFF') return { ...report, success: false, statusCode: 500, message: 'the socket was not turned off' }
    }
    server.instancesStopping = without(server.instancesStopping, id)
    return { ...report, instance }
}

let isReading = false
async function readWhileRunning(): Promise<void> {
    if (isReading || server.runningInstances.length === 0) return
    isReading = true
    while (server.runningInstances.length > 0) {
        await read().catch(() => {})
        await new Promise((resolve) => setTimeout(resolve, READ_EVERY))
    }
    isReading = false
}
setInterval(() => void readWhileRunning(), LOOK_EVERY)

/** Answers with what came of it. */
const answered = (work: (request: Request) => Promise<Report>) => async (request: Request, response: Response) => {
    try {
        const { success, statusCode, message, instanceId, instance } = await work(request)
        response.status(statusCode).json(success ? { instance } : { message, instanceId })
    } catch {
        response.status(500).json({ message: 'an error occurred while the socket was switched or read' })
    }
}

const routes = Router()
routes.post(
    '/instance',
    answered(({ query, body }) => start(Number(query.timeout ?? body?.timeout ?? 0))),
)
routes.get('/instance/:id', (request, response) => void response.json({ instance: instances[request.params.id] }))
routes.put(
    '/instance/:id',
    answered(({ params }) => stop(String(params.id))),
)
routes.get('/server/status', (_request, response) => {
    const { isEmergencyStopped, energyToday, initialEnergy, runningInstances, powerStatus } = server
    response
        .status(200)
        .json({ isEmergencyStopped, energyToday, initialEnergy, runningInstances, powerStatus, currentTimestamp: new Date() })
})

const app = express()
app.use((_request, response, go) => {
    // It would write its log here, which it does not unless told to.
    response.on('finish', () => {})
    go()
})
app.use(express.json())
app.use('/api', routes)
const listening = app.listen(0, '127.0.0.1', () => console.log((listening.address() as AddressInfo).port))
process.on('SIGTERM', () => process.exit(0))

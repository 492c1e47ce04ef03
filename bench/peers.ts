import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { startNodeRed } from '../test/support/node-red.ts'
import { example } from '../test/support/service.ts'

/** A service with a plug of its own. */
export interface Peer {
    readonly url: string
    readonly pid: number
    close(): Promise<void>
}

/** Flows of Node-RED's own nodes that answer with what they are told. */
export const bare = [
    { id: 'bare', type: 'tab', label: 'bare' },
    ...['post', 'get'].flatMap((method) => [
        { id: `bare.${method}`, z: 'bare', type: 'http in', method, url: '/bare', wires: [['bare.set']] },
    ]),
    {
        id: 'bare.set',
        z: 'bare',
        type: 'change',
        rules: [{ t: 'set', p: 'payload', pt: 'msg', to: '{"instance":{}}', tot: 'json' }],
        wires: [['bare.answer']],
    },
    { id: 'bare.answer', z: 'bare', type: 'http response', wires: [] },
]

/** What a start is answered with. */
const instance = {
    id: randomUUID(),
    energy: Object.fromEntries(
        ['today', 'apparentPower', 'current', 'factor', 'power', 'reactivePower', 'voltage', 'timestamp'].map((name) => [name, [0.123]]),
    ),
    timeout: 0,
    startTimestamp: new Date().toISOString(),
    ...{ stopTimestamp: null, powerOnTimestamp: null, powerOffTimestamp: null, isEmergencyStopped: false, isManuallyStopped: false },
    summary: { seconds: 0, energyWh: 0, meanW: null, maxW: 0.123, quality: 'counter', stopReason: null },
}

/** Answers as long as ours, of Node-RED's own nodes. */
const sameAnswers = [
    { id: 'same', type: 'tab', label: 'same' },
    { id: 'same.start', z: 'same', type: 'http in', method: 'post', url: '/api/instance', wires: [['same.instance']] },
    { id: 'same.stop', z: 'same', type: 'http in', method: 'put', url: '/api/instance/:instanceId?', wires: [['same.instance']] },
    {
        id: 'same.instance',
        z: 'same',
        type: 'change',
        rules: [{ t: 'set', p: 'payload', pt: 'msg', to: JSON.stringify({ instance }), tot: 'json' }],
        wires: [['same.answer']],
    },
    { id: 'same.status', z: 'same', type: 'http in', method: 'get', url: '/api/server/status', wires: [['same.list']] },
    {
        id: 'same.list',
        z: 'same',
        type: 'template',
        ...{ field: 'payload', fieldType: 'msg', format: 'text', syntax: 'plain', output: 'str' },
        template: JSON.stringify({ runningInstances: Array.from({ length: 1001 }, () => randomUUID()) }),
        wires: [['same.answer']],
    },
    { id: 'same.answer', z: 'same', type: 'http response', headers: { 'content-type': 'application/json' }, wires: [] },
]

/** The same requests and answers without anything in between: the least that a service on Node-RED can take. */
export async function same(): Promise<Peer> {
    const red = await startNodeRed({ flows: sameAnswers, env: profiled(), settings: quiet })
    return { url: red.url, pid: red.pid, close: () => red.stop() }
}

const quiet = { logging: { console: { level: 'info', metrics: false, audit: false } } }

/** Tells how many bytes of heap are in use, once nothing is left that can be thrown away. */
export const heap = `
require('node:v8').setFlagsFromString('--expose-gc')
const collect = require('node:vm').runInNewContext('gc')
module.exports.httpAdminMiddleware = (request, response, next) => {
    if (request.path !== '/heap') return next()
    for (let i = 0; i < 4; i++) collect()
    response.end(String(process.memoryUsage().heapUsed))
}`

/** Our example flow, on a fresh Node-RED. */
export async function ours(mqtt: number): Promise<Peer> {
    const plug = await startPlug(mqtt)
    const red = await startNodeRed({
        flows: [...(await example('smart-socket-service')), ...bare],
        env: { MQTT_PORT: String(mqtt), SOCKET_INTERVAL: '5', SOCKET_CONFIRM: '5', ...profiled() },
        settings: quiet,
        code: heap,
    })
    await until(async () => {
        const response = await fetch(`${red.url}/api/server/status`)
        return response.ok && ((await response.json()) as { power: string }).power !== 'unknown'
    })
    return {
        url: red.url,
        pid: red.pid,
        async close() {
            await red.stop()
            await end(plug)
        },
    }
}

/** What the service of the seeds does for the same requests. */
export async function seed(mqtt: number): Promise<Peer> {
    const plug = await startPlug(mqtt)
    const program = run('bench/seed-service.ts', [String(mqtt)])
    const port = await firstLine(program)
    return {
        url: `http://127.0.0.1:${port}`,
        pid: program.pid!,
        async close() {
            await end(program)
            await end(plug)
        },
    }
}

export const profiled = (): Record<string, string> =>
    process.env.PROFILE ? { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${process.env.PROFILE}` } : {}

export const run = (file: string, args: string[]): ChildProcess =>
    spawn(process.execPath, [fileURLToPath(new URL(`../${file}`, import.meta.url)), ...args], {
        stdio: ['pipe', 'pipe', 'inherit'],
        env: { ...process.env, NODE_NO_WARNINGS: '1' },
    })

/** One that is in a process of its own, as plugs are. */
async function startPlug(mqtt: number): Promise<ChildProcess> {
    const plug = run('simulators/plug.ts', ['--port', String(mqtt)])
    await firstLine(plug)
    plug.stdout!.resume()
    return plug
}

export async function firstLine(program: ChildProcess): Promise<string> {
    const lines = createInterface({ input: program.stdout! })
    const [line] = (await once(lines, 'line')) as [string]
    lines.close()
    return line
}

export async function end(program: ChildProcess): Promise<void> {
    program.kill()
    if (program.exitCode === null && program.signalCode === null) await once(program, 'exit')
}

async function until(holds: () => Promise<boolean>): Promise<void> {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50))
}

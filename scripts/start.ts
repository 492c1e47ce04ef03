// npm start: Node-RED with the pack and every example flow, an MQTT broker, simulated plugs and simulated devices. --watch: rebuilds and restarts on change.
import { mkdirSync, watch } from 'node:fs'
import { resolve } from 'node:path'
import { makeDemoTokens, startActuated } from './demo-actuated.ts'
import { breweryEnv, fillBrewery, startFermenter } from './demo-brewery.ts'
import { build, isBuilt, sources } from './demo-build.ts'
import { type DemoFleet, demoFleet } from './demo-fleet.ts'
import { writeFlows } from './demo-flows.ts'
import { makeUserDir, type NodeRed, startNodeRed, tryPort } from './demo-node-red.ts'
import { makePast } from './demo-past.ts'
import { type Power, startPower } from './demo-power.ts'
import { startRobots, triggerJobs } from './demo-robots.ts'
import { welcome } from './demo-welcome.ts'

const userDir = resolve('.node-red')
const host = process.env.HOST || '127.0.0.1'
const port = Number(process.env.PORT || 1880)
const watching = process.argv.includes('--watch')

let power: Power | undefined
let fleet: DemoFleet | undefined
let stopActuated: (() => void) | undefined
let stopRobots: (() => void) | undefined
let stopFermenter: (() => Promise<void>) | undefined
let nodeRed: NodeRed | undefined
let ending = false

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect']) process.on(signal, () => void end(0))
main().catch((error: Error) => {
    console.error(error.message)
    return end(1)
})

async function main(): Promise<void> {
    await checkPort()
    fleet = demoFleet(process.env)
    mkdirSync(userDir, { recursive: true })
    makeUserDir(userDir)
    if (!isBuilt()) {
        console.log('Building …')
        if (!(await build()) && !watching) throw new Error('The build has failed, see above.')
    }
    power = await startPower(process.env)
    const { plugs } = power
    const isEdited = writeFlows('examples', userDir, plugs) !== undefined
    await makePast({ userDir, plugs, isEdited, env: process.env, now: Date.now() })
    await power.plugIn(userDir)
    if (plugs.length > 0) stopFermenter = await startFermenter(`mqtt://127.0.0.1:${power.env.MQTT_PORT}`)
    await makeDemoTokens(userDir)
    if (watching) watchSources()
    if (!ending) await run()
}

async function checkPort(): Promise<void> {
    if (!Number.isInteger(port) || port < 1 || port > 65_535)
        throw new Error(`PORT must be a number from 1 to 65535, not ${process.env.PORT}`)
    await tryPort(port, host).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EADDRINUSE') throw new Error(`Cannot listen on HOST=${host} PORT=${port}: ${error.message}`)
        throw new Error(
            `Port ${port} of ${host} is taken by another program. End that one, or choose another port: PORT=${port + 1} npm start`,
        )
    })
}

async function run(): Promise<void> {
    const notice = writeFlows('examples', userDir, power?.plugs ?? [])
    if (notice) console.log(notice)
    const started = startNodeRed({ ...power?.env, ...(stopFermenter && breweryEnv(process.env)) })
    nodeRed = started
    void started.ended.then((code) => nodeRed === started && ended(code))
    const flowsRun = await started.started
    if (nodeRed !== started || ending) return
    fleet?.start(port)
    stopActuated ??= startActuated(userDir, port)
    stopRobots ??= startRobots(port)
    if (flowsRun) {
        void triggerJobs(port)
        void fillBrewery(port)
    }
    const { description = '', plugs = [] } = power ?? {}
    const slugs = plugs.flatMap(({ own }) => own?.slug ?? [])
    console.log(welcome({ host, port, power: description, slugs, fleet: fleet?.description ?? '', flowsRun }))
}

function ended(code: number): void {
    nodeRed = undefined
    if (ending) return
    console.error(`Node-RED has ended by itself with code ${code}, see above.`)
    if (!watching) void end(1)
}

async function end(code: number): Promise<void> {
    if (ending) return
    ending = true
    stopActuated?.()
    stopRobots?.()
    await fleet?.stop()
    await nodeRed?.stop()
    await stopFermenter?.()
    await power?.close()
    process.exit(code)
}

/** One round at a time; changes during a round make another one after it. */
function watchSources(): void {
    let changed = false
    let working = false
    async function work(): Promise<void> {
        if (working) return
        working = true
        while (changed && !ending) {
            changed = false
            // An example saved halfway, say: the next change brings another try.
            await restart().catch((error: Error) => console.error(error.message))
        }
        working = false
    }
    let quiet: NodeJS.Timeout | undefined
    for (const folder of [...sources, 'examples']) {
        watch(folder, { recursive: true }, () => {
            changed = true
            clearTimeout(quiet)
            quiet = setTimeout(() => void work(), 300)
        })
    }
}

async function restart(): Promise<void> {
    console.log('\nChanged: building …')
    if (!(await build())) return console.error('The build has failed, see above; Node-RED goes on with what it has loaded.')
    const old = nodeRed
    nodeRed = undefined
    await old?.stop()
    if (!ending) await run()
}

import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { demoFlows, mergeExamples } from '../scripts/demo-flows.ts'
import { type Demo, makePast } from '../scripts/demo-past.ts'
import { planOf } from '../scripts/demo-plan.ts'
import { type DemoPlug, demoPlugs, loadCounters } from '../scripts/demo-plugs.ts'
import { startPower } from '../scripts/demo-power.ts'
import { systemClock } from '../src/lib/index.ts'
import { openStore, type Store } from '../src/stores.ts'
import { eventually, scratch } from './support/file.ts'
import { type RunningNodeRed, startNodeRed } from './support/node-red.ts'

const examples = new URL('../examples', import.meta.url).pathname
const plugs = demoPlugs('smart-socket')
const [, washer] = plugs
const now = Date.parse('2026-03-31T20:15:00Z')

describe('the past of npm start', function () {
    this.timeout(60_000)
    let dir: ReturnType<typeof scratch>
    beforeEach(() => {
        dir = scratch()
    })
    afterEach(() => dir.clear())
    const demo = (more: Partial<Demo> = {}): Demo => ({ userDir: dir.root, plugs, isEdited: false, env: {}, now, ...more })
    const file = () => join(dir.root, 'socketworks.sqlite')
    const isThere = () => statSync(file(), { throwIfNoEntry: false }) !== undefined

    async function opened<T>(look: (store: Store) => Promise<T>): Promise<T> {
        const store = openStore({ file: file(), retentionDays: 0, clock: systemClock, log: assert.fail })
        await store.ready(AbortSignal.timeout(10_000))
        return await look(store).finally(() => store.close())
    }

    const instances = (store: Store, socket: string) => store.power.instances({ socket, limit: 1000 })

    it('is the same for the same time, and leaves a database alone that is there', async () => {
        const written = async () => {
            await makePast(demo({ plugs: [washer!] }))
            return await opened((store) => instances(store, washer!.socket))
        }
        const first = await written()
        const bytes = readFileSync(file())
        await makePast(demo({ now: now + 1e9 }))
        assert.ok(bytes.equals(readFileSync(file())))
        dir.clear()
        dir = scratch()
        assert.deepEqual(await written(), first)
    })

    it('begins with the day of the first run', () => {
        const { from, runs } = planOf('heater', now)
        assert.equal(new Date(from).getHours(), 0)
        assert.equal(new Date(runs[0]!.from).toDateString(), new Date(from).toDateString())
    })

    it('is made up for no plug of somebody, for no edited flows and for no database elsewhere', async () => {
        const { plugs: theirs } = await startPower({ MQTT_HOST: '127.0.0.1' })
        const env = { SOCKETWORKS_STORE_URL: 'postgresql://127.0.0.1/theirs' }
        for (const more of [{ plugs: theirs }, { isEdited: true }, { env }]) await makePast(demo(more))
        assert.ok(!isThere())
    })

    it('has a flow for each plug, and leaves a new node the only socket there is', () => {
        const all = demoFlows(examples, plugs) as {
            id: string
            type: string
            z?: string
            url?: string
            method?: string
            wires?: string[][]
        }[]
        const ids = new Set(all.map(({ id }) => id))
        assert.equal(ids.size, all.length)
        for (const { id, wires = [] } of all) for (const to of wires.flat()) assert.ok(ids.has(to), `${id} is wired to ${to}`)
        const routes = all.filter(({ type }) => type === 'http in').map(({ method, url }) => `${method} ${url}`)
        assert.equal(new Set(routes).size, routes.length)
        assert.ok(routes.includes('get /washing-machine/api/instances'))
        assert.equal(all.filter(({ type, z }) => type === 'socketworks-socket-config' && !z).length, 1)
        assert.deepEqual(demoFlows(examples, []), mergeExamples(examples))
    })

    it('has runs, energy and cost of each plug, which add up, and Node-RED goes on from there', async () => {
        writeFileSync(`${file()}.draft`, 'what was left by a start that was killed')
        await makePast(demo({ now: Date.now() }))
        await opened(async (store) => {
            for (const plug of plugs) await addsUp(store, plug)
        })
        const power = await startPower({})
        let red: RunningNodeRed | undefined
        try {
            await power.plugIn(dir.root)
            red = await startNodeRed({ userDir: dir.root, flows: demoFlows(examples, power.plugs), env: power.env })
            await goesOn(red.url)
        } finally {
            await red?.stop()
            await power.close()
        }
        await opened(async (store) => {
            for (const { socket } of plugs) assert.equal((await store.power.meter(socket))!.gapAt, -1, 'no counter is set back')
        })
    })

    async function addsUp(store: Store, { socket, topic, curve }: DemoPlug) {
        const meter = (await store.power.meter(socket))!
        const rows = await instances(store, socket)
        assert.ok(curve === 'idle' ? rows.length === 0 : rows.length >= 9, `${rows.length} of ${topic}`)
        for (const { id, energy, stoppedAt } of rows)
            assert.ok(id.startsWith('demo-') && energy!.energy > 0 && energy!.cost! > 0 && stoppedAt! < Date.now(), id)
        const shares = rows.reduce((sum, { energy }) => sum + energy!.energy, meter.unshared)
        assert.ok(Math.abs(shares - meter.energy) < 1e-6)
        // What the plug goes on from: its counter is rounded to a Wh, and the meter no further from it than one more.
        assert.ok(Math.abs(loadCounters(dir.root)[topic]!.total * 1000 - meter.energy) <= 2)
    }

    async function goesOn(url: string) {
        const get = async (path: string) => (await fetch(`${url}${path}`)).json()
        const [last] = (await get('/api/instances?limit=1')).instances
        assert.ok(last.id === 'demo-heater-last-guest' && last.summary.energyWh > 0 && last.summary.cost > 0)
        for (const { own, name } of plugs) {
            const status = () => get(`${own ? `/${own.slug}` : ''}/api/server/status`)
            await eventually(async () => (await status()).initialEnergy !== null)
            const { connectedSocketName, power } = await status()
            assert.deepEqual([connectedSocketName, power], [name, own ? 'on' : 'off'])
        }
    }
})

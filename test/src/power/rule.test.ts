import assert from 'node:assert/strict'
import { setMaxListeners } from 'node:events'
import { Refusal } from '../../../src/lib/index.ts'
import { World } from '../../support/power-world.ts'
import { random } from '../../support/random.ts'

/** What somebody did and what came of it, to be shown when a schedule fails. */
type Story = string[]

/** Asks, and checks the answer against what the plug really did. */
async function ask(world: World, story: Story, name: string, run: () => Promise<string>): Promise<void> {
    const since = world.clock.now()
    const { socket, weather } = world
    const { late, lost } = weather
    const [plug, second] = world.plugs
    const note = (text: string) => story.push(`${world.clock.now() - 1_700_000_000_000} ${name}: ${text} (plug ${plug!.on ? 'on' : 'off'})`)
    story.push(`${since - 1_700_000_000_000} ${name}?`)
    const outcome = await run().then(
        (answer) => answer,
        (error: unknown) => (error instanceof Refusal ? error.code : String(error)),
    )
    note(outcome)
    // Of two plugs nobody can say what they do as one; and who is gone answers nobody.
    if (second || socket !== world.socket) return
    // An answer that is later than a command may take cannot be told from one to the process before, nor to a question that got lost.
    if (late > 5000 && (world.age < 60_000 || lost > 0)) return
    if (outcome === 'TURNED_OFF')
        assert.ok(plug!.was(false, since) && !(plug!.hasOnAhead && name === 'start'), 'it claims to be turned off, but will be on')
    if (outcome === 'started') assert.ok(plug!.was(true, since) || plug!.willBe(true), 'it claims to be started, but is off and stays off')
    if (outcome === 'cut') assert.ok(plug!.was(false, since) || plug!.willBe(false), 'it claims to be cut, but is on and stays on')
}

/** Does something at random. */
function act(world: World, story: Story, pending: Promise<void>[], faults: boolean): void {
    const { random, socket } = world
    const pick = random()
    const start = (timeout: number) =>
        pending.push(ask(world, story, 'start', () => socket.start(timeout).then(({ id }) => (id ? 'started' : ''))))
    if (pick < 0.3) start(random() < 0.3 ? 1 + Math.floor(random() * 5000) : 0)
    else if (pick < 0.5) {
        const [id] = socket.view.trouble === 'store' ? [] : socket.records.status.runningInstances
        if (id) pending.push(ask(world, story, 'stop', () => socket.stop(id).then(() => 'stopped')))
    } else if (pick < 0.6) pending.push(ask(world, story, 'emergency', () => socket.emergencyStop().then(() => 'cut')))
    else if (pick < 0.75) pending.push(ask(world, story, 'recover', () => socket.recover().then(() => 'recovered')))
    else if (pick < 0.85) {
        story.push(`${world.clock.now() - 1_700_000_000_000} restart`)
        world.restart()
        if (random() < 0.7) pending.push(ask(world, story, 'recover', () => world.socket.recover().then(() => 'recovered')))
        if (random() < 0.7) pending.push(ask(world, story, 'start', () => world.socket.start().then(() => 'started')))
    } else if (!faults) return
    else if (pick < 0.9) {
        story.push(`${world.clock.now() - 1_700_000_000_000} drop`)
        world.drop()
        world.clock.after(Math.floor(random() * 10_000), () => world.reconnect())
    } else if (pick < 0.95) {
        const plug = world.plugs[Math.floor(random() * world.plugs.length)]!
        story.push(`${world.clock.now() - 1_700_000_000_000} away`)
        plug.away()
        world.clock.after(Math.floor(random() * 20_000), () => plug.back())
    }
}

interface Kind {
    plugs: number
    lost: number
    doubled: number
    late: number
    /** Connections drop. */
    faults: boolean
}

async function schedule(seed: number, kind: Kind): Promise<void> {
    const chance = random(seed)
    const world = new World(chance, kind.plugs)
    const story: Story = []
    const pending: Promise<void>[] = []
    world.weather = { ...kind, pace: [1, 30, 300, 2000][Math.floor(chance() * 4)]! }
    try {
        for (let n = 3 + Math.floor(chance() * 12); n > 0; n--) {
            act(world, story, pending, kind.faults)
            await world.clock.advanceAsync(Math.floor(chance() < 0.5 ? chance() * 60 : chance() * 8000))
        }
        world.calm()
        world.reconnect()
        for (const plug of world.plugs) plug.back()
        await world.clock.advanceAsync(250_000)
        await Promise.all(pending)
        const running = world.socket.records.status.runningInstances.length
        const states = world.plugs.map((plug) => plug.on)
        story.push(`end: ${running} run, plugs on: ${states}`)
        assert.ok(running > 0 ? states.includes(true) : !states.includes(true))
        if (running === 0) assert.notEqual(world.memory.row?.offDue, true, 'the plug must still be switched off')
        assert.equal((await world.memory.running()).length, running, 'the store knows others to run')
    } catch (error) {
        throw new Error(`seed ${seed}: ${error}\n${story.join('\n')}`)
    } finally {
        world.end()
    }
}

describe('if nobody runs, the plug is off or is being switched off', () => {
    const kinds: Record<string, Kind> = {
        'with a plug that takes its time': { plugs: 1, lost: 0, doubled: 0, late: 0, faults: false },
        'with answers that come late and twice': { plugs: 1, lost: 0, doubled: 0.2, late: 8000, faults: false },
        'with connections that drop': { plugs: 1, lost: 0, doubled: 0, late: 100, faults: true },
        'with messages that get lost, come late and twice, and connections that drop': {
            plugs: 1,
            lost: 0.2,
            doubled: 0.1,
            late: 3000,
            faults: true,
        },
        'with answers later than a command may take, messages that get lost, and connections that drop': {
            plugs: 1,
            lost: 0.1,
            doubled: 0.2,
            late: 20_000,
            faults: true,
        },
        'with two plugs on one topic': { plugs: 2, lost: 0, doubled: 0, late: 3000, faults: false },
        'with two plugs on one topic, and connections that drop': { plugs: 2, lost: 0, doubled: 0.1, late: 3000, faults: true },
    }
    const rounds = Number(process.env.RULE_ROUNDS ?? 500)
    const base = Number(process.env.RULE_SEED ?? 0)
    for (const [title, kind] of Object.entries(kinds))
        it(title, async () => {
            setMaxListeners(0)
            for (let seed = base; seed < base + rounds; seed++) await schedule(seed, kind)
        })
})

describe('runs that end one after the other by their timeouts', () => {
    it('are each switched off at once: the next start is nobody who insists', async () => {
        const world = new World(random(1), 1)
        await world.clock.advanceAsync(1000)
        const [plug] = world.plugs
        for (let n = 0; n < 20; n++) {
            const started = world.socket.start(200)
            await world.clock.advanceAsync(100)
            assert.equal(plug!.on, true, `run ${n}`)
            await started
            await world.clock.advanceAsync(150)
            assert.equal(plug!.on, false, `run ${n}`)
        }
        world.end()
    })
})

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrokerNode } from '../../nodes/broker-config/client.ts'
import { Plug } from '../../simulators/plug/plug.ts'
import { until } from '../support/bench.ts'
import { Flow, type FlowOptions } from '../support/flow.ts'
import { startPickyBroker } from '../support/picky-broker.ts'

const actions = ['start-instance', 'stop-instance', 'emergency-stop', 'recover', 'instance', 'socket-status', 'energy-price'] as const

describe('socket-config', () => {
    let flow: Flow
    let others: Plug[] = []
    const open = async (options: FlowOptions = {}) => {
        flow = await Flow.open('start-instance', options)
    }
    const second = (settings: object = {}) => ({
        id: 's2',
        type: 'socketworks-socket-config',
        name: 'fridge',
        store: 'st',
        broker: 'b',
        topic: 'fridge',
        ...settings,
    })
    afterEach(async () => {
        await flow.close()
        for (const plug of others) await plug.close()
        others = []
    })

    it('lets a message address another socket of the store by its name', async () => {
        await open({ more: [second()] })
        const fridge = await Plug.connect({ url: flow.mqtt.url, topic: 'fridge' })
        others.push(fridge)
        const out = await flow.done({ socket: 'fridge', payload: {} })
        assert.equal(out.socket, 'fridge')
        assert.deepEqual([flow.plug.relays[0], fridge.relays[0]], [false, true])
        for (const socket of ['heater', '', null, undefined]) await flow.done({ socket, payload: {} })
        assert.equal(flow.plug.relays[0], true)
        assert.equal((await flow.socket!.status()).runningInstances.length, 4)
    })

    it('is called by its topic when it has no name', async () => {
        await open({ socket: { name: '' } })
        await flow.done({ socket: 'smart-socket', payload: {} })
    })

    it('sends nothing to the plug of a socket that is refused, and hears nothing from it', async () => {
        await open()
        const fridge = await Plug.connect({ url: flow.mqtt.url, topic: 'fridge' })
        others.push(fridge)
        await flow.redeploy({ more: [second({ name: 'heater' })] })
        await flow.shows('red', /there is another socket named heater/, 's2')
        // Over the same connection, so that whatever was said to the plug was said before.
        const { broker } = flow.node('b') as BrokerNode
        broker.publish('cmnd/fridge/POWER', 'ON')
        while (fridge.relays[0] !== true) await once(fridge, 'relay')
        broker.publish('cmnd/fridge/END', '')
        while (!fridge.commands.some(({ topic }) => topic.endsWith('END'))) await once(fridge, 'command')
        assert.deepEqual(
            fridge.commands.map(({ topic }) => topic),
            ['cmnd/fridge/POWER', 'cmnd/fridge/END'],
        )
    })

    it('says which settings do not go together', async () => {
        for (const [settings, text] of [
            [{ fullTopic: '%prefix%/%id%/' }, /^plugId: must be set, as FullTopic has %id%/],
            [{ fullTopic: '%prefix%/%hostname%/' }, /^hostname: must be set, as FullTopic has %hostname%/],
            [{ answerPrefix: 'cmnd' }, /^commandPrefix: must differ from the other prefixes/],
        ] as const) {
            if (!flow || text.source.includes('%id%')) await open({ socket: settings })
            else await flow.redeploy({ socket: settings })
            await flow.shows('red', text, 's')
            await flow.caught({ payload: {} }, 'BAD_CONFIG')
        }
    })

    it('speaks as the plug is set', async () => {
        const plug = {
            fullTopic: '%prefix%/%id%/%hostname%/',
            id: 'A0B1C2D3E4F5',
            hostname: 'h-1',
            prefixes: ['do', 'is', 'tells'] as const,
        }
        const socket = {
            ...{ fullTopic: plug.fullTopic, plugId: 'a0:b1:c2:d3:e4:f5', hostname: 'h-1' },
            ...{ commandPrefix: 'do', answerPrefix: 'is', reportPrefix: 'tells' },
        }
        await open({ plug, socket })
        await flow.done({ payload: {} })
        assert.equal(flow.plug.relays[0], true)
    })

    it('shows what it draws once that is known, and not 0 W before', async () => {
        await open()
        await until(flow.socket!, () => flow.socket!.view.watts === 0)
        flow.plug.press()
        await flow.shows('green', /^on · 0 running$/, 's')
        flow.plug.setPower(800)
        await flow.done({ payload: {} })
        await flow.shows('green', /^800 W · 1 running$/, 's')
    })

    it('says of the second one of a name that it is not ready, and so do the nodes that use it', async () => {
        const user = { id: 'n2', type: 'socketworks-start-instance', socket: 's2' }
        await open({ more: [second({ name: 'heater' }), user] })
        await flow.shows('red', /there is another socket named heater/, 's2')
        await flow.shows('red', /heater is not ready: there is another socket named heater/, 'n2')
        await flow.caught({ payload: {} }, 'NAME_TAKEN', 'n2')
        await flow.caught({ payload: {} }, 'NAME_TAKEN', 'n2')
        await flow.done({ payload: {} })
    })

    it('says which setting is wrong, and so do the nodes that use it', async () => {
        for (const [setting, value] of Object.entries({
            relay: '0',
            confirm: 'soon',
            interval: '0',
            idleInterval: '-1',
            topic: 'ä'.repeat(32_768),
            fullTopic: '%topic%/',
            plugId: 'a/#',
            hostname: 'a+b',
            commandPrefix: 'stat',
            groupTopics: '#',
            family: 'x10',
            offGuard: 'perhaps',
            store: '',
            broker: '',
        })) {
            if (!flow || setting === 'relay') await open({ socket: { [setting]: value } })
            else await flow.redeploy({ socket: { [setting]: value } })
            await flow.shows('red', new RegExp(`^${setting}: `), 's')
            await flow.shows('red', new RegExp(`^heater is not ready: ${setting}: `))
            assert.match((await flow.caught({ payload: {} }, 'BAD_CONFIG')).error.message, new RegExp(`: ${setting}: `))
        }
    })

    it('says of a topic that it is too long, also once the parts are put together, and so do the nodes that use it', async () => {
        await open({ socket: { topic: 'x'.repeat(40_000), fullTopic: '%prefix%/%topic%/%topic%/' } })
        await flow.shows('red', /^a topic of 80008 bytes, MQTT allows 65535: /, 's')
        await flow.caught({ payload: {} }, 'NO_CONFIG')
        await flow.redeploy({ socket: { topic: 'a/+/b' } })
        await flow.shows('red', /^topic: must not contain/, 's')
    })

    it('is red with what the broker does not let it hear, and so are the nodes that use it', async () => {
        const picky = await startPickyBroker((filter) => (filter.startsWith('stat/') ? 'refused' : 'granted'))
        await open({ broker: { port: String(picky.port) }, hasty: true })
        for (const id of ['b', 's', 'n']) await flow.shows('red', /^the broker refuses the subscription to "stat\/[^"]+\/\+"$/, id)
        await picky.close()
    })

    it('is well where the broker lets it hear nothing but the plug', async () => {
        const picky = await startPickyBroker((filter) => (/^(stat|tele)\/smart-socket\//.test(filter) ? 'granted' : 'refused'))
        await open({ broker: { port: String(picky.port) }, hasty: true })
        await flow.shows('yellow', 'common.status.unknown', 's')
        assert.deepEqual(picky.asked.filter((filter) => filter.startsWith('cmnd/')).sort(), ['cmnd/smart-socket/+', 'cmnd/tasmotas/+'])
        await picky.close()
    })

    it('says when its store or broker is missing or disabled', async () => {
        await open({ socket: { store: 'nowhere' } })
        await flow.shows('red', /configuration node nowhere is missing or disabled/, 's')
        await flow.caught({ payload: {} }, 'NO_CONFIG')
        await flow.redeploy({ broker: { d: true }, socket: {} })
        await flow.shows('red', /configuration node b is missing or disabled/, 's')
        await flow.redeploy({ broker: { port: 'x' }, socket: {} })
        await flow.shows('red', /is not ready: port: /, 's')
        await flow.caught({ payload: {} }, 'BAD_CONFIG')
    })

    it('takes a variable that is not set for a blank setting', async () => {
        const unset = '${SOCKETWORKS_NOT_SET}'
        const socket = {
            topic: unset,
            fullTopic: unset,
            plugId: unset,
            hostname: unset,
            commandPrefix: unset,
            groupTopics: unset,
            relay: unset,
            confirm: unset,
            interval: unset,
            idleInterval: unset,
            offGuard: unset,
        }
        await open({ socket, broker: { clientId: unset, path: unset, userEnv: unset } })
        await flow.done({ payload: {} })
    })

    it('takes them up again after a restart: what runs runs on, a halt holds', async () => {
        const dir = await mkdtemp(join(tmpdir(), 'socketworks-'))
        try {
            await open({ store: { kind: 'file', file: join(dir, 'store.sqlite') } })
            const { id } = (await flow.done({ payload: { timeout: 60_000 } })).payload.instance
            await flow.redeploy()
            await flow.shows('green', /1 running/)
            assert.deepEqual((await flow.socket!.status()).runningInstances, [id])
            assert.deepEqual([flow.told('ON'), flow.told('OFF')], [1, 0])
            await flow.socket!.emergencyStop()
            await flow.redeploy()
            await flow.shows('red', 'common.status.halted')
            await flow.refused({ payload: {} }, 409, 'EMERGENCY_STOPPED')
            await flow.close()
        } finally {
            await rm(dir, { recursive: true })
        }
    })
})

for (const room of actions)
    describe(`${room}, as every node that acts on a socket,`, () => {
        let flow: Flow
        const open = async (options: FlowOptions = {}) => {
            flow = await Flow.open(room, options)
        }
        afterEach(() => flow.close())

        it('is red when no socket was chosen, and ends every message at a Catch node', async () => {
            await open({ settings: { socket: '' } })
            await flow.shows('red', 'socket: must be chosen')
            await flow.caught({ payload: 1, topic: 't' }, 'BAD_CONFIG')
            const out = await flow.caught({ payload: 2, topic: 't' }, 'BAD_CONFIG')
            assert.deepEqual([out.payload, out.topic, flow.completed.length], [2, 't', 0])
        })

        it('is red when its socket is missing or disabled', async () => {
            await open({ settings: { socket: 'nowhere' } })
            await flow.shows('red', /configuration node nowhere is missing or disabled/)
            await flow.caught({}, 'NO_CONFIG')
            await flow.redeploy({ settings: {}, socket: { d: true } })
            await flow.shows('red', /configuration node s is missing or disabled/)
            await flow.caught({}, 'NO_CONFIG')
        })

        it('refuses a socket that there is not, and a name that is none', async () => {
            await open()
            const unknown = await flow.refused({ socket: 'attic', payload: { instanceId: 'x' } }, 404, 'UNKNOWN_SOCKET')
            assert.match(unknown.payload.message, /attic/)
            for (const socket of [5, true, {}, [], ['heater'], ' ', 'x\0', 'x'.repeat(1_000_000)]) {
                const out = await flow.refused({ socket, payload: { instanceId: 'x' } }, 422, 'BAD_INPUT')
                assert.match(out.payload.message, /^socket /)
            }
            assert.equal(flow.completed.length, 9)
            assert.equal(flow.told('ON') + flow.told('OFF'), 0)
        })

        it('names no object of the language as a socket', async () => {
            await open()
            for (const socket of ['__proto__', 'constructor', 'toString'])
                await flow.refused({ socket, payload: { instanceId: 'x' } }, 404, 'UNKNOWN_SOCKET')
        })
    })

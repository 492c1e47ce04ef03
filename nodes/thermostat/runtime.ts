import type { NodeMessage, NodeStatus } from 'node-red'
import { badInput, finite, nonNegative, optional, systemClock, word } from '../../src/lib/index.ts'
import {
    answer,
    configNode,
    defineNode,
    flowsStarted,
    type Handlers,
    input,
    liveStatus,
    nameOf,
    type Setup,
    status,
} from '../../src/node-red/index.ts'
import { modes, Thermostat } from '../../src/process/index.ts'
import { behindStore, type StoreNode } from '../store-config/client.ts'
import { ThermostatConfig } from './schema.ts'

type Context = Setup<typeof ThermostatConfig, never>

const setup = (context: Context): Handlers => {
    const { RED, node, config, closed } = context
    const { store } = configNode<StoreNode>(RED, config.store)
    let changed = () => {}
    const { lease } = config
    const power = (on: boolean) => {
        const msg = { topic: lease, payload: { lease, ...(on && { timeout: config.timeout * 1000 }) } }
        node.send([null, null, on ? msg : null, on ? null : msg] as never)
    }
    // Power is asked for from nodes that are there.
    const started = flowsStarted(RED, closed)
    const ready = (signal: AbortSignal) => Promise.all([started, store.ready(signal)]).then(() => {})
    const thermostat = new Thermostat({
        ...{ node: node.id, store: { states: store.states, ready }, settings: settingsOf(context), clock: systemClock },
        ...{ power, changed: () => changed(), signal: closed },
    })
    const onChange = (run: () => void) => {
        changed = run
    }
    liveStatus(node, closed, behindStore(store, { look: () => show(context, thermostat), onChange }))
    return {
        changesState: true,
        async input(msg, send) {
            await take(context, thermostat, msg)
            send(answer(msg, { id: lease, ...thermostat.view }))
        },
        close: () => thermostat.settled(),
    }
}

/** The settings that are times: seconds in the dialog. */
function settingsOf({ config }: Context) {
    const { action, control, band, gain, integral, derivative, cycle, minOn, minOff, sensorLost, stuckAfter, timeout } = config
    // One request may be lost.
    const renew = Math.min(config.renew, timeout / 2)
    const times = { integral, derivative, cycle, minOn, minOff, sensorLost, stuckAfter, renew }
    const inMilliseconds = Object.fromEntries(Object.entries(times).map(([name, value]) => [name, value * 1000])) as typeof times
    return { action, control, band, gain, ...inMilliseconds }
}

/** A message may have any of a value, a set-point, a mode and a power. */
async function take({ RED, node, config }: Context, thermostat: Thermostat, msg: NodeMessage): Promise<void> {
    const get = (key: string) => input(RED, node, config, key, msg)
    const read = async <T>(key: string, as: (name: string, given: unknown) => T) =>
        optional(await get(key), (given) => as(nameOf(config, key), given))
    const value = await read('value', finite)
    const setPoint = (await get('setPoint')) === null ? null : await read('setPoint', finite)
    const mode = await read('mode', (name, given) => word(name, given, modes))
    const demand = await read('power', (name, given) => nonNegative(name, given, 1))
    const isSet = setPoint !== undefined || mode !== undefined || demand !== undefined
    if (value === undefined && !isSet) throw badInput(nameOf(config, 'value'), 'is required, or a set-point, a mode or a power')
    if (isSet) await thermostat.take({ type: 'set', setPoint, mode, demand })
    if (value !== undefined) await thermostat.take({ type: 'value', value })
}

function show({ RED }: Context, { view }: Thermostat): NodeStatus {
    if (!view) return status.connecting('status.opening')
    const data = { value: view.value ?? '–', setPoint: view.setPoint ?? '–', power: Math.round(view.demand * 100) }
    if (view.lost) return status.broken(RED._('status.lost', data))
    if (view.mode === 'off') return status.idle(RED._('status.switchedOff', data))
    const text = RED._(view.mode === 'manual' ? 'status.manual' : 'status.auto', data)
    return view.on ? status.running(text) : status.idle(text)
}

export default defineNode('thermostat', ThermostatConfig, setup)

import type { NodeMessage } from 'node-red'
import {
    changesOf,
    type DeviceReport,
    deviceId,
    type Fleet,
    Outcome,
    ownerOf,
    sequencesOf,
    type Updated,
    Updater,
} from '../../src/fleet/index.ts'
import { Refusal, systemClock } from '../../src/lib/index.ts'
import {
    defineNode,
    type Handlers,
    input,
    liveStatus,
    nameOf,
    passOn,
    type Send,
    type Setup,
    status,
    withValue,
} from '../../src/node-red/index.ts'
import { statusOf, useFleet } from './client.ts'
import { DeviceStateConfig } from './schema.ts'

type Context = Setup<typeof DeviceStateConfig, never>
type Reporting = NodeMessage & DeviceReport

export default defineNode('device-state', DeviceStateConfig, (context) => {
    const { RED, node, config, closed } = context
    const { store, fleet } = useFleet(context)
    let changed = () => {}
    const source = statusOf(
        store,
        fleet,
        () => look(context, fleet),
        (run, signal) => {
            changed = run
            fleet.unknown.listen(run, signal)
        },
    )
    liveStatus(node, closed, source)
    if (config.operation === 'delete') return deletion(context, fleet)

    fleet.budget.allow({ device: config.deviceMemory * 1024, fleet: config.fleetMemory * 1_048_576 }, closed)
    const { register, history, historyDays: days, devicePoints, fleetPoints } = config
    const wanted = { days, device: devicePoints, fleet: fleetPoints, changed: () => changed() }
    if (history) fleet.retention.add(wanted, closed)
    const updater = new Updater({ fleet, sequences: config.checkOrder ? sequencesOf(store, fleet) : undefined, register, history })

    function tell(msg: Reporting, send: Send, updated: Updated): void {
        const { id, registered, at } = updated
        if (updated.changed.size > 0 || registered)
            send([() => news(msg, id, { id, changed: changesOf(updated), registered, at }), null, null])
        send([null, null, passOn(msg)])
    }

    function take(id: unknown, set: unknown, msg: Reporting, send: Send): Promise<void> {
        return new Promise((resolve, reject) => {
            const stored = (updated: Updated) => {
                tell(msg, send, updated)
                resolve()
            }
            const failed = (error: unknown) => {
                // The fleet may be full now.
                changed()
                reject(error)
            }
            updater.take(id, set, msg, new Outcome(stored, failed))
        })
    }

    return {
        changesState: true,
        input: (msg: Reporting, send) =>
            withValue(input(RED, node, config, 'device', msg), (id) =>
                withValue(input(RED, node, config, 'set', msg), (set) => take(id, set, msg, send)),
            ),
    }
})

/** Forgets devices. */
const deletion = ({ RED, node, config }: Context, fleet: Fleet): Handlers => ({
    changesState: true,
    input: (msg: Reporting, send) =>
        withValue(input(RED, node, config, 'device', msg), async (given) => {
            const id = deviceId(nameOf(config, 'device'), given)
            if (!(await fleet.remove(id, ownerOf(msg)))) throw new Refusal(404, 'UNKNOWN_DEVICE', `there is no device ${id}`)
            send([news(msg, id, { id, deleted: true, at: systemClock.now() }), null, null])
            send([null, null, passOn(msg)])
        }),
})

/** How many devices there are, and were refused, and what the fleet has no room for. */
function look({ RED, config }: Context, { rows, budget, retention, unknown }: Fleet) {
    const count = { count: rows.size, refused: unknown.count }
    if (budget.isFull) return status.broken(RED._('status.full', count))
    if (config.history && retention.isFull) return status.broken(RED._('status.history', count))
    if (unknown.count > 0) return status.connecting(RED._('status.refused', count))
    return status.idle(RED._('status.devices', count))
}

/** A copy: two flows that got the same message would change it for each other. */
function news(msg: Reporting, topic: string, payload: object): NodeMessage {
    const told: Reporting & { refusal?: unknown } = { ...msg, topic, payload }
    if (msg.peer) told.peer = { ...msg.peer }
    if ('refusal' in told) delete told.refusal
    return told
}

import type { NodeMessage } from 'node-red'
import { deviceId, type Fleet, fleetOn, type Heading, sequencesOf, type Updated } from '../../src/fleet/index.ts'
import { put, Refusal, systemClock } from '../../src/lib/index.ts'
import {
    configNode,
    defineNode,
    type Handlers,
    input,
    nameOf,
    passOn,
    type Send,
    type Setup,
    status,
    withValue,
} from '../../src/node-red/index.ts'
import type { Store } from '../../src/stores.ts'
import type { StoreNode } from '../store-config/client.ts'
import { DeviceStateConfig } from './schema.ts'

type Place = Pick<Setup<typeof DeviceStateConfig, never>, 'RED' | 'node' | 'config'>

/** A message of a peer; from the flow itself it has none. */
type Said = NodeMessage & { peer?: { account?: unknown; connection?: unknown } | null }

export default defineNode('device-state', DeviceStateConfig, ({ RED, node, config, closed }) => {
    const { store, bus } = configNode<StoreNode>(RED, config.store)
    const fleet = fleetOn(store, config.fleet, { bus, clock: systemClock, log: (text) => node.warn(text), signal: closed })
    if (config.operation === 'delete') return deletion({ RED, node, config }, store, fleet, closed)
    fleet.budget.allow({ device: config.deviceMemory * 1024, fleet: config.fleetMemory * 1_048_576 }, closed)
    const { register, history } = config
    const sequences = config.checkOrder ? sequencesOf(store, fleet) : undefined
    const show = showing({ RED, node, config }, store, fleet)

    async function take(id: unknown, set: unknown, msg: Said, send: Send): Promise<void> {
        if (!fleet.isLoaded) await fleet.load()
        const owner = ownerOf(msg)
        const noted = sequences?.add(id, set, headingOf(msg, owner))
        let updated: Updated
        try {
            updated = await fleet.update(id, noted ? noted.set : set, { owner, register, history })
        } catch (error) {
            noted?.undo()
            if (typeof id === 'string' && !fleet.rows.has(id)) sequences?.forget(id)
            show()
            throw error
        }
        noted?.done()
        if (updated.changed.size > 0 || updated.registered) send([changeOf(msg, updated), null, null])
        send([null, null, passOn(msg)])
    }

    const { historyDays: days, devicePoints, fleetPoints } = config
    if (history) fleet.retention.add({ days, device: devicePoints, fleet: fleetPoints, changed: show }, closed)
    fleet.strangers.listen(show, closed)
    follow(store, fleet, show, closed)

    return {
        acts: true,
        input: (msg: Said, send) =>
            withValue(input(RED, node, config, 'device', msg), (id) =>
                withValue(input(RED, node, config, 'set', msg), (set) => take(id, set, msg, send)),
            ),
    }
})

/** Forgets devices. */
function deletion({ RED, node, config }: Place, store: Store, fleet: Fleet, closed: AbortSignal): Handlers {
    follow(store, fleet, showing({ RED, node, config }, store, fleet), closed)
    return {
        acts: true,
        input: (msg: Said, send) =>
            withValue(input(RED, node, config, 'device', msg), async (given) => {
                const id = deviceId(nameOf(config, 'device'), given)
                if (!(await fleet.remove(id, ownerOf(msg)))) throw new Refusal(404, 'UNKNOWN_DEVICE', `there is no device ${id}`)
                send([news(msg, id, { id, deleted: true, at: systemClock.now() }), null, null])
                send([null, null, passOn(msg)])
            }),
    }
}

/** Shows the state of a fleet anew whenever it may be another one. */
function follow(store: Store, fleet: Fleet, show: () => void, closed: AbortSignal): void {
    store.onHealth(show, closed)
    fleet.listen(({ removed, registered }) => (removed || registered) && show(), closed)
    void fleet.loadPatiently(closed).then(() => closed.aborted || show())
}

/** Keeps the node's status at how many devices there are, and were refused, and what the fleet has no room for. @returns what shows it anew */
function showing({ RED, node, config }: Place, store: Store, { rows, budget, retention, strangers }: Fleet): () => void {
    let shown = ''
    return () => {
        const full = budget.isFull ? 'status.full' : config.history && retention.isFull ? 'status.history' : undefined
        const count = { count: rows.size, refused: strangers.count }
        const next = !store.health.ok
            ? status.broken('common.status.storeAway')
            : full !== undefined
              ? status.broken(RED._(full, count))
              : strangers.count > 0
                ? status.connecting(RED._('status.refused', count))
                : status.idle(RED._('status.devices', count))
        if (shown === JSON.stringify(next)) return
        shown = JSON.stringify(next)
        node.status(next)
    }
}

/** What a flow says of its own accord is said for every device; what a peer says only for those of its account. */
function ownerOf({ peer }: Said): string | null | undefined {
    if (typeof peer !== 'object' || peer === null) return undefined
    return typeof peer.account === 'string' && peer.account !== '' ? peer.account : null
}

function headingOf({ payload, peer }: Said, owner: string | null | undefined): Heading {
    if (typeof payload !== 'object' || payload === null) return { owner }
    const { sequence, kind }: Heading = payload
    return { sequence, kind, connection: peer?.connection, owner }
}

function changeOf(msg: Said, { id, changed, registered, at }: Updated): NodeMessage {
    const set: Record<string, unknown> = {}
    for (const [name, value] of changed) put(set, name, value)
    return news(msg, id, { id, changed: set, registered, at })
}

/** A message of its own beside the one that goes on: two flows that get the same would change it under each other's hands. */
function news(msg: Said, topic: string, payload: object): NodeMessage {
    const told: Said & { refusal?: unknown } = { ...msg, topic, payload }
    if (msg.peer) told.peer = { ...msg.peer }
    if ('refusal' in told) delete told.refusal
    return told
}

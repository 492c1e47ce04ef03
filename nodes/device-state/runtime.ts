import type { NodeMessage } from 'node-red'
import { systemClock } from '../../src/clock/index.ts'
import { fleetOn, type Heading, put, sequencesOf, type Updated } from '../../src/devices/index.ts'
import { configNode, defineNode, input, passOn, type Send, status, withValue } from '../../src/node-red/index.ts'
import type { StoreNode } from '../store-config/runtime.ts'
import { DeviceStateConfig } from './schema.ts'

/** A message of a peer; from the flow itself it has none. */
type Said = NodeMessage & { peer?: { account?: unknown; connection?: unknown } | null }

export default defineNode('device-state', DeviceStateConfig, ({ RED, node, config, closed }) => {
    const { store } = configNode<StoreNode>(RED, config.store)
    const fleet = fleetOn(store, config.fleet, { clock: systemClock, log: (text) => node.warn(text) })
    fleet.budget.allow({ device: config.deviceMemory * 1024, fleet: config.fleetMemory * 1_048_576 }, closed)
    if (config.history) fleet.retention.want(config.historyDays, closed)
    const sequences = sequencesOf(store, fleet)
    const { register, history } = config
    let shown = ''

    function show(): void {
        const [count, isFull] = [fleet.rows.size, fleet.budget.isFull]
        const next = store.health.ok ? `${count} ${isFull}` : 'away'
        if (shown === next) return
        shown = next
        if (!store.health.ok) node.status(status.broken('common.status.storeAway'))
        else if (isFull) node.status(status.broken(RED._('status.full', { count })))
        else node.status(status.idle(RED._('status.devices', { count })))
    }

    async function take(id: unknown, set: unknown, msg: Said, send: Send): Promise<void> {
        if (!fleet.isLoaded) await fleet.load()
        const owner = ownerOf(msg)
        const noted = sequences.add(id, set, headingOf(msg, owner))
        let updated: Updated
        try {
            updated = await fleet.update(id, noted.set, { owner, register, history })
        } catch (error) {
            noted.undo()
            if (typeof id === 'string' && !fleet.rows.has(id)) sequences.forget(id)
            show()
            throw error
        }
        noted.done()
        if (updated.changed.size > 0 || updated.registered) send([changeOf(msg, updated), null, null])
        send([null, null, passOn(msg)])
    }

    store.onHealth(show, closed)
    fleet.listen(({ row, registered }) => (row === undefined || registered) && show(), closed)
    void fleet.loadPatiently(closed).then(() => closed.aborted || show())

    return {
        acts: true,
        input: (msg: Said, send) =>
            withValue(input(RED, node, config, 'device', msg), (id) =>
                withValue(input(RED, node, config, 'set', msg), (set) => take(id, set, msg, send)),
            ),
    }
})

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

/** A message of its own beside the one that goes on: two flows that get the same would change it under each other's hands. */
function changeOf(msg: Said, { id, changed, registered, at }: Updated): NodeMessage {
    const set: Record<string, unknown> = {}
    for (const [name, value] of changed) put(set, name, value)
    const change: Said & { refusal?: unknown } = { ...msg, topic: id, payload: { id, changed: set, registered, at } }
    if (msg.peer) change.peer = { ...msg.peer }
    if ('refusal' in change) delete change.refusal
    return change
}

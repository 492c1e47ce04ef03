import type { NodeMessage } from 'node-red'
import { deviceId, FleetClient, propertyName, scopeOf } from '../../src/fleet/index.ts'
import { moment, optional, systemClock, wholeNumber } from '../../src/lib/index.ts'
import { answer, defineNode, input, liveStatus, nameOf, status } from '../../src/node-red/index.ts'
import { statusOf, useFleet } from '../device-state/client.ts'
import { DeviceHistoryConfig } from './schema.ts'

type Message = NodeMessage & { peer?: { account?: unknown } | null }
type Key = 'device' | 'property' | 'from' | 'to' | 'limit'

/** Milliseconds of history that are meant when nobody says since when. */
const HOUR = 3_600_000
/** Points of an answer: unless told otherwise, and at the most. */
const [USUAL, MOST] = [1000, 100_000]

export default defineNode('device-history', DeviceHistoryConfig, (context) => {
    const { RED, node, config, closed } = context
    const { store, bus, fleet } = useFleet(context)
    const devices = new FleetClient(bus, config.fleet)
    const look = () => status.idle(RED._('status.devices', { count: fleet.rows.size }))
    liveStatus(node, closed, statusOf(store, fleet, look))
    const name = (key: Key) => nameOf(config, key)

    return {
        async input(msg: Message, send) {
            const get = (key: Key) => input(RED, node, config, key, msg)
            const id = deviceId(name('device'), await get('device'))
            const property = propertyName(name('property'), await get('property'))
            const [givenFrom, givenTo, givenLimit] = await Promise.all([get('from'), get('to'), get('limit')])
            const to = optional(givenTo, (given) => moment(name('to'), given)) ?? systemClock.now()
            const from = optional(givenFrom, (given) => moment(name('from'), given)) ?? to - HOUR
            const limit = optional(givenLimit, (given) => wholeNumber(name('limit'), given, 2, MOST)) ?? USUAL
            const points = await devices.history({ id, property, from, to, limit }, scopeOf(config.own, msg.peer?.account))
            send(answer(msg, { id, property, points }))
        },
    }
})

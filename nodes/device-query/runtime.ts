import type { NodeMessage } from 'node-red'
import { FleetClient, scopeOf } from '../../src/fleet/index.ts'
import { answer, defineNode, liveStatus, status } from '../../src/node-red/index.ts'
import { queryOf, statusOf, useFleet } from '../device-state/client.ts'
import { migrate } from './migrate.ts'
import { DeviceQueryConfig } from './schema.ts'

type Message = NodeMessage & { peer?: { account?: unknown } | null }

/** Devices of an answer where nobody says how many. */
const PAGE = 1000

export default defineNode(
    'device-query',
    DeviceQueryConfig,
    (context) => {
        const { RED, node, config, closed } = context
        const { store, bus, fleet } = useFleet(context)
        const devices = new FleetClient(bus, config.fleet)
        const look = () => status.idle(RED._('status.devices', { count: fleet.rows.size }))
        liveStatus(node, closed, statusOf(store, fleet, look))
        return {
            async input(msg: Message, send) {
                const { rows, ...rest } = await devices.page(await queryOf(context, msg, PAGE), scopeOf(config.own, msg.peer?.account))
                send(answer(msg, { rows: rows.map(({ columns }) => columns), ...rest }))
            },
        }
    },
    { migrate },
)

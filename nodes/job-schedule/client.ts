import { randomUUID } from 'node:crypto'
import type { Node, NodeAPI } from 'node-red'
import { allowList, makeHostGuard } from '../../src/http/index.ts'
import { HostQueue, type Jobs, jobsOn, makeProbe, type Probe, type ProbeRules } from '../../src/jobs/index.ts'
import { systemClock } from '../../src/lib/index.ts'
import { configNode, surroundings } from '../../src/node-red/index.ts'
import { ownPorts } from '../../src/ws/index.ts'
import type { StoreNode } from '../store-config/client.ts'

interface Context {
    RED: NodeAPI
    node: Node
    config: { store: string; queue: string }
}

/** The jobs that a node was given, and the store they are in: nodes that name the same store and queue share them. */
export function useJobs({ RED, config }: Context): StoreNode & { jobs: Jobs } {
    const node = configNode<StoreNode>(RED, config.store)
    const { store, bus } = node
    const log = (text: string) => RED.log.warn(text)
    const jobs = jobsOn(store, config.queue, { bus, clock: systemClock, random: Math.random, newId: randomUUID, log })
    return Object.assign(Object.create(node), { jobs })
}

/** All nodes together ask no host too often. */
const queue = new HostQueue(systemClock)

/** What packages have to keep to, by the settings of a node, and what looks at their files until it is closed. */
export function packageCheck(RED: NodeAPI, { hosts, mostBytes }: { hosts: string; mostBytes: number }, closed: AbortSignal): PackageCheck {
    const { ports } = surroundings(RED)
    const guard = makeHostGuard({ ports: () => [...ports(), ...ownPorts()] })
    const rules = { allows: allowList(hosts), guard, mostBytes: mostBytes * 1_048_576 }
    return { rules, probe: makeProbe({ clock: systemClock, rules, queue, signal: closed }) }
}

interface PackageCheck {
    rules: ProbeRules
    probe: Probe
}

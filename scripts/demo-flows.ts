// The flow file of `npm start`: every example flow in one, and the service once more for each further plug, for as long as nobody has edited it.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type DemoPlug, TARIFF } from './demo-plugs.ts'

interface FlowNode {
    id: string
    type: string
    z?: string
}

/** Examples share their config nodes by id: each node is taken once. Whole back ends come before the small scenarios. */
export function mergeExamples(folder: string): FlowNode[] {
    const files = readdirSync(folder).filter((file) => file.endsWith('.json'))
    const flows = files.sort().map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as FlowNode[])
    const isBackEnd = (flow: FlowNode[]) => flow.some(({ type }) => type === 'http in')
    const ordered = [...flows.filter(isBackEnd), ...flows.filter((flow) => !isBackEnd(flow))].flat()
    const nodes = new Map<string, FlowNode>()
    for (const node of ordered) if (!nodes.has(node.id)) nodes.set(node.id, node)
    return [...nodes.values()]
}

/** The examples, and what the simulated plugs add. */
export function demoFlows(folder: string, plugs: readonly DemoPlug[]): FlowNode[] {
    const examples = mergeExamples(folder)
    const sockets = new Set(plugs.map(({ socket }) => socket))
    const nodes = [...examples, ...plugs.flatMap((plug) => serviceOf(plug, examples))]
    return nodes.map((node) => (sockets.has(node.id) ? { ...node, tariff: TARIFF } : node))
}

const SERVICE = 'smart-socket-service'

/** The REST service once more, for a plug of its own. Its configuration nodes are seen on its tab alone: a new node still has the only other socket. */
function serviceOf({ own, topic, socket }: DemoPlug, examples: readonly FlowNode[]): FlowNode[] {
    if (!own) return []
    const { slug, label, idleInterval } = own
    const settings: Record<string, object> = {
        [SERVICE]: { label, info: `The REST service once more, for another simulated plug, under /${slug}/api.` },
        'socketworks.socket': { z: slug, name: label.toLowerCase(), topic, idleInterval },
        'socketworks.events': { z: slug },
    }
    const nodes = examples.filter(({ id, z, type }) => settings[id] || (z === SERVICE && type !== 'comment'))
    const text = JSON.stringify(nodes.map((node) => ({ ...node, ...settings[node.id] })))
    const renamed = text.replaceAll(SERVICE, slug).replaceAll('socketworks.events', `${slug}.endpoint`).replaceAll('/api/', `/${slug}/api/`)
    return JSON.parse(renamed.replaceAll('"socketworks.socket"', JSON.stringify(socket)))
}

/**
 * Writes the flows of the demo to `flows.json` in `userDir`; what was edited there is left alone. Gives a text to show when that is so.
 * @param plugs those that are simulated
 */
export function writeFlows(examples: string, userDir: string, plugs: readonly DemoPlug[]): string | undefined {
    const file = join(userDir, 'flows.json')
    const mark = join(userDir, 'flows-from-examples.sha256')
    const flows = `${JSON.stringify(demoFlows(examples, plugs), null, 4)}\n`
    const [made, there] = [read(mark), read(file)]
    if (there !== undefined && made === hash(flows)) return undefined
    if (there !== undefined && hash(there) !== made) {
        return `The examples have changed, but ${file} has been edited and stays as it is. To get the new examples, delete it and start again.`
    }
    writeFileSync(file, flows)
    writeFileSync(mark, hash(flows))
    return undefined
}

function read(file: string): string | undefined {
    try {
        return readFileSync(file, 'utf8')
    } catch {
        return undefined
    }
}

function hash(text: string): string {
    return createHash('sha256').update(text).digest('hex')
}

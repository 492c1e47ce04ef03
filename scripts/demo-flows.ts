// The flow file of `npm start`: every example flow in one, for as long as nobody has edited it.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

interface FlowNode {
    id: string
    type: string
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

/** Writes the examples to `flows.json` in `userDir`; what was edited there is left alone. Gives a text to show when that is so. */
export function writeFlows(examples: string, userDir: string): string | undefined {
    const file = join(userDir, 'flows.json')
    const mark = join(userDir, 'flows-from-examples.sha256')
    const flows = `${JSON.stringify(mergeExamples(examples), null, 4)}\n`
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

import type { Node, NodeMessage } from 'node-red'
import { lineOf } from '../lib/index.ts'

/** Characters of one entry in Node-RED's log. */
const LONGEST = 1000

/** Text that may hold what somebody else made up, in one line of at most so many characters. */
export const oneLine = (text: string, longest: number): string => lineOf(text.slice(0, longest)).slice(0, longest)

/** Keeps whatever a node logs, or tells Catch nodes, to one line each: names and topics come from outside. */
export function tidyLog(node: Node): void {
    for (const level of ['log', 'warn', 'error'] as const)
        node[level] = new Proxy(node[level], {
            apply: (log, self, [what, ...rest]) => Reflect.apply(log, self, [tidy(what), ...rest]),
        })
}

/** Has a node make no metrics where nobody collects them: Node-RED makes them for each message all the same, and then throws them away. */
export function spareMetrics(node: Node): void {
    const metric = node.metric as Metric
    const spared: Metric = (event, msg, value) => {
        const isCollected = metric.call(node)
        return event === undefined || !isCollected ? isCollected : metric.call(node, event, msg, value)
    }
    node.metric = spared as typeof node.metric
}

/** Without an event it tells whether metrics are collected. */
type Metric = (event?: string, msg?: NodeMessage, value?: number) => unknown

function tidy(what: unknown): unknown {
    if (typeof what === 'string') return oneLine(what, LONGEST)
    if (!(what instanceof Error)) return what
    const value = oneLine(String(what.message), LONGEST)
    // Some errors have a message that cannot be set.
    if (value !== what.message) Object.defineProperty(what, 'message', { value, configurable: true, writable: true })
    return what
}

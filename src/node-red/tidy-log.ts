import type { Node } from 'node-red'
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

function tidy(what: unknown): unknown {
    if (typeof what === 'string') return oneLine(what, LONGEST)
    if (!(what instanceof Error)) return what
    const value = oneLine(String(what.message), LONGEST)
    // Some errors have a message that cannot be set.
    if (value !== what.message) Object.defineProperty(what, 'message', { value, configurable: true, writable: true })
    return what
}

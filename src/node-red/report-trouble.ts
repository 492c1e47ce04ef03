import type { Node } from 'node-red'
import { SocketworksError } from './errors.ts'

/** Tells Catch nodes of trouble: once for each time it begins, however often its reason is given after that. @param code `msg.error.code` */
export function troubleReporter(node: Node, code: string): (reason: string | undefined) => void {
    let isReported = false
    return (reason) => {
        // With a message, as Catch nodes hear of nothing else.
        if (reason !== undefined && !isReported) node.error(new SocketworksError(code, reason), {})
        isReported = reason !== undefined
    }
}

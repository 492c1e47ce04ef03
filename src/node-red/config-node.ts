import type { Node, NodeAPI } from 'node-red'
import { SocketworksError } from './errors.ts'

/**
 * A node of another room that this one stands on.
 * RED.nodes.getNode is typed as if it never failed; it gives nothing for a node that is missing or disabled.
 */
export function configNode<T extends Node>(RED: NodeAPI, id: string): T {
    const found: unknown = RED.nodes.getNode(id)
    if (!found) throw new SocketworksError('NO_CONFIG', `the configuration node ${id || '(none chosen)'} is missing or disabled`)
    return found as T
}

import type { Node, NodeAPI } from 'node-red'
import { SocketworksError } from './errors.ts'

/** Nodes that could not be set up, and why. */
const failures = new WeakMap<Node, Error>()

/** Remembers why a node could not be set up, for those that are set to use it. */
export const failed = (node: Node, error: Error): void => void failures.set(node, error)

/** Has a configuration node offer something to the nodes that are set to use it, which get it by {@link configNode}. */
export const offer = <N extends Node>(node: Node, what: Omit<N, keyof Node>): void => void Object.assign(node, what)

/**
 * The configuration node that a node is set to use.
 * RED.nodes.getNode is typed as if it never failed; it gives nothing for a node that is missing or disabled.
 * @throws SocketworksError `NO_CONFIG`, or with the code of what keeps the node from being ready
 */
export function configNode<T extends Node>(RED: NodeAPI, id: string): T {
    const found: unknown = RED.nodes.getNode(id)
    if (!found) throw new SocketworksError('NO_CONFIG', `the configuration node ${id || '(none chosen)'} is missing or disabled`)
    const cause = failures.get(found as T)
    if (!cause) return found as T
    const code = 'code' in cause ? String(cause.code) : 'NO_CONFIG'
    throw new SocketworksError(code, `${(found as T).name || (found as T).type} is not ready: ${cause.message}`, { cause })
}

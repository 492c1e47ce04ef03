import type { Node, NodeAPI } from 'node-red'

/** A secret: a credential, or else what a variable of the flow's or the process's environment holds; blank when neither is set. */
export function secret(RED: NodeAPI, node: Node, credential: string | undefined, variable: string): string {
    if (credential) return credential
    const value: unknown = variable ? RED.util.getSetting(node, variable) : undefined
    return value === undefined || value === null ? '' : String(value)
}

import type { NodeAPI } from 'node-red'

/**
 * Tells of ids whether a node of theirs is in the deployed flows. One that was disabled, by itself or with its tab, still is, although
 * Node-RED tells it when it closes that it was removed. A node inside of a subflow has the id of the instance before its own.
 */
export function configuredIds(RED: NodeAPI): (id: string) => boolean {
    const ids = new Set<string>()
    RED.nodes.eachNode(({ id }) => ids.add(id))
    const has = (id: string): boolean => {
        if (ids.has(id)) return true
        for (let i = id.indexOf('-'); i > 0; i = id.indexOf('-', i + 1)) if (ids.has(id.slice(i + 1)) && has(id.slice(0, i))) return true
        return false
    }
    return has
}

import type { EditorRED } from 'node-red'

declare const RED: EditorRED

interface ConfigNode {
    id: string
    type: string
    z?: string
    d?: boolean
}

/** Which configuration nodes of this pack a node can be given: the names of the settings, with the types. */
function configSettings(node: object): [setting: string, type: string][] {
    const { defaults = {} } = (node as { _def?: { defaults?: Record<string, { type?: string }> } })._def ?? {}
    return Object.entries(defaults).flatMap(([setting, { type }]) =>
        type?.startsWith('socketworks-') ? [[setting, type] as [string, string]] : [],
    )
}

/** The id of the configuration node of a type that a node on a tab can be given, if there is but one. */
function soleConfig(type: string, tab: string | undefined): string | undefined {
    const found: string[] = []
    RED.nodes.eachConfig((config) => {
        const { id, type: its, z, d } = config as ConfigNode
        if (its === type && !d && (!z || z === tab)) found.push(id)
        return true
    })
    return found.length === 1 ? found[0] : undefined
}

/** A node that has just been put on a tab has no choice where there is one store, socket or endpoint only: it needs no dialog for that. */
export function assignSoleConfigs(node: { z?: string }): void {
    for (const [setting, type] of configSettings(node)) {
        const id = Reflect.get(node, setting) ? undefined : soleConfig(type, node.z)
        if (id !== undefined) Reflect.set(node, setting, id)
    }
}

/** Chooses in an open dialog what there is only one of, where nothing was chosen before. */
export function selectSoleConfigs(node: object, prefix: string): void {
    for (const [setting, type] of configSettings(node)) {
        const id = Reflect.get(node, setting) ? undefined : soleConfig(type, String(RED.workspaces.active()))
        if (id !== undefined) $(`#${prefix}-${setting}`).val(id).trigger('change')
    }
}

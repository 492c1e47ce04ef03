import type { NodeDef } from 'node-red'

const types: Record<string, string> = { history: 'socketworks-device-history', live: 'socketworks-device-view' }

/** The node that one of an older flow is today: what *device query* was for was one of its settings once. */
export function migrate(def: NodeDef & { mode?: unknown }): NodeDef {
    return { ...def, type: types[String(def.mode).trim()] ?? def.type }
}

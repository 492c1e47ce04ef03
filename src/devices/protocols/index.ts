import type { Protocol } from '../protocol.ts'
import { json } from './json.ts'
import { smartOsDevice } from './smart-os-device.ts'
import { smartOsViewer } from './smart-os-viewer.ts'

/** What endpoints can speak, by name. */
export const protocols: Record<'json' | 'smart-os-device' | 'smart-os-viewer', Protocol> = {
    json,
    'smart-os-device': smartOsDevice,
    'smart-os-viewer': smartOsViewer,
}

/** What is spoken with a peer that agreed on that subprotocol. */
export const spoken = (protocol: Protocol, subprotocol: string): Protocol => protocol.others?.get(subprotocol) ?? protocol

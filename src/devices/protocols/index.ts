import type { Protocol } from '../protocol.ts'
import { VIEW_PROTOCOL, viewProtocol } from '../view-protocol.ts'
import { json } from './json.ts'
import { smartOsDevice } from './smart-os-device.ts'
import { smartOsViewer } from './smart-os-viewer.ts'

/** Pages that want to know everything about their view may say so. */
const withView = (protocol: Protocol): Protocol => ({
    ...protocol,
    subprotocols: protocol.subprotocols ?? { names: [VIEW_PROTOCOL], required: false },
    others: new Map([[VIEW_PROTOCOL, viewProtocol(json)]]),
})

/** What endpoints can speak, by name. */
export const protocols: Record<'json' | 'smart-os-device' | 'smart-os-viewer', Protocol> = {
    json: withView(json),
    'smart-os-device': smartOsDevice,
    'smart-os-viewer': withView(smartOsViewer),
}

/** What is spoken with a peer that agreed on that subprotocol. */
export const spoken = (protocol: Protocol, subprotocol: string): Protocol => protocol.others?.get(subprotocol) ?? protocol

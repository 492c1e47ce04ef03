import type { Protocol } from '../session.ts'
import { json } from './json.ts'
import { smartOsDevice } from './smart-os-device.ts'
import { smartOsViewer } from './smart-os-viewer.ts'

/** What endpoints can speak, by name. A test holds the choice in their dialog to this list. */
export const protocols = {
    json,
    'smart-os-device': smartOsDevice,
    'smart-os-viewer': smartOsViewer,
} satisfies Readonly<Record<string, Protocol>>

import { json, type Protocol, smartOsDevice, smartOsViewer } from './peers/index.ts'
import { withView } from './views/index.ts'

/** What endpoints can speak, by name. */
export const protocols: Record<'json' | 'smart-os-device' | 'smart-os-viewer', Protocol> = {
    json: withView(json),
    'smart-os-device': smartOsDevice,
    'smart-os-viewer': withView(smartOsViewer),
}

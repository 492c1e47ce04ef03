import type { Protocol } from '../session.ts'
import { json } from './json.ts'
import type { protocolNames } from './names.ts'
import { oisp } from './oisp.ts'
import { robot } from './robot.ts'
import { smartOsDevice } from './smart-os-device.ts'
import { smartOsViewer } from './smart-os-viewer.ts'

/** What endpoints can speak, by name; but for `channels`, which `src/channels` makes for a store. */
export const protocols: Readonly<Record<Exclude<(typeof protocolNames)[number], 'channels'>, Protocol>> = {
    json,
    oisp,
    robot,
    'smart-os-device': smartOsDevice,
    'smart-os-viewer': smartOsViewer,
}

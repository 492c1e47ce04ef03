import { chosen, settings, text } from '../../src/node-red/fields.ts'

export const DeviceWsInConfig = settings({ name: text(), endpoint: chosen('device-ws-endpoint') })

import { requiredNode, settings, text } from '../../src/node-red/fields.ts'

export const DeviceWsInConfig = settings({ name: text(), endpoint: requiredNode('socketworks-device-ws-endpoint') })

import { requiredNode, settings, text } from '../../src/node-red/fields.ts'

export const EmergencyStopConfig = settings({ name: text(), socket: requiredNode('socketworks-socket-config') })

import { chosen, settings, text } from '../../src/node-red/fields.ts'

export const EmergencyStopConfig = settings({ name: text(), socket: chosen('socket-config') })

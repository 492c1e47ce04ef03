import { chosen, settings, text } from '../../src/node-red/fields.ts'

export const RecoverConfig = settings({ name: text(), socket: chosen('socket-config') })

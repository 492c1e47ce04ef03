import { requiredNode, settings, text } from '../../src/node-red/fields.ts'

export const RecoverConfig = settings({ name: text(), socket: requiredNode('socketworks-socket-config') })

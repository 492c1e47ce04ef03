import { chosen, settings, text, typed } from '../../src/node-red/fields.ts'

export const StopInstanceConfig = settings({ name: text(), socket: chosen('socket-config'), ...typed('instanceId', { literals: ['str'] }) })

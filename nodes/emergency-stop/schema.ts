import * as v from 'valibot'
import { chosen, text } from '../../src/node-red/fields.ts'

export const EmergencyStopConfig = v.object({ name: text(), socket: chosen })

import * as v from 'valibot'
import { chosen, text, typed } from '../../src/node-red/fields.ts'

export const StopInstanceConfig = v.object({ name: text(), socket: chosen, ...typed('instanceId') })

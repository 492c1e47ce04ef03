import * as v from 'valibot'
import { chosen, text } from '../../src/node-red/fields.ts'

export const DeviceWsInConfig = v.object({ name: text(), endpoint: chosen })

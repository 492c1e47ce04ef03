import * as v from 'valibot'
import { chosen, text, typed } from '../../src/node-red/fields.ts'

export const StartInstanceConfig = v.object({ name: text(), socket: chosen, ...typed('timeout') })

import * as v from 'valibot'
import { chosen, text } from '../../src/node-red/fields.ts'

export const RecoverConfig = v.object({ name: text(), socket: chosen })

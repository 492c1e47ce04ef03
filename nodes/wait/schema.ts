import * as v from 'valibot'
import { chosen, text, typed } from '../../src/node-red/fields.ts'

export const WaitConfig = v.object({ name: text(), store: chosen, ...typed('duration') })

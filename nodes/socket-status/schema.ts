import * as v from 'valibot'
import { choice, chosen, text } from '../../src/node-red/fields.ts'

export const SocketStatusConfig = v.object({ name: text(), socket: chosen, content: choice('status', 'download', 'file') })

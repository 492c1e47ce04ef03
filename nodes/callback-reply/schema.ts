import * as v from 'valibot'
import { chosen, number, text } from '../../src/node-red/fields.ts'

export const CallbackReplyConfig = v.object({
    name: text(),
    store: chosen,
    /** Hours after which an undelivered answer is given up. */
    giveUp: number({ fallback: 24, min: 0.001, max: 720 }),
})

import { duration, requiredNode, settings, text } from '../../src/node-red/fields.ts'

export const CallbackReplyConfig = settings({
    name: text(),
    store: requiredNode('socketworks-store-config'),
    /** After which an undelivered answer is given up; in hours. */
    giveUp: duration('h', { fallback: 24, min: 0.001, max: 720 }),
})

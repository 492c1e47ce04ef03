import { requiredNode, settings, text, typed } from '../../src/node-red/fields.ts'

export const ChannelOutConfig = settings({
    name: text(),
    store: requiredNode('socketworks-store-config'),
    ...typed('channel', { value: 'data', type: 'str', literals: ['str'] }),
    /** What is published. */
    ...typed('content', { value: 'payload', literals: ['json', 'str', 'num', 'bool'] }),
    /** Of messages of a `data` channel with the same key only the latest counts. */
    ...typed('key', { value: 'topic', literals: ['str'], blank: true }),
})

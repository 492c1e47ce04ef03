import { checked, choice, requiredNode, settings, text } from '../../src/node-red/fields.ts'

export const ChannelInConfig = settings({
    name: text(),
    store: requiredNode('socketworks-store-config'),
    /** Or all channels of which it has the first levels, with `*` as the last one. */
    channel: checked(text('data'), isPattern, 'must be a channel; * as its last level stands for all below'),
    /** Who has published it. */
    source: choice('all', 'peers', 'flows'),
    /** Whether what is kept of the channel comes first. */
    first: choice('new', 'kept'),
})

function isPattern(value: string): boolean {
    return value === '*' || /^[\p{L}\p{N}_.-]+(\/[\p{L}\p{N}_.-]+)*(\/\*)?$/u.test(value)
}

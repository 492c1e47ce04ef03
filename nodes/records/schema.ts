import { choice, flag, requiredNode, settings, text, typed } from '../../src/node-red/fields.ts'

export const RecordsConfig = settings({
    name: text(),
    store: requiredNode('socketworks-store-config'),
    operation: choice('get', 'list', 'put', 'delete', 'versions'),
    ...typed('collection', { value: 'settings', type: 'str', literals: ['str'] }),
    ...typed('key', { value: 'topic', literals: ['str'] }),
    /** The document. */
    ...typed('value', { value: 'payload', literals: ['json', 'str', 'num', 'bool'] }),
    /** The version that the record must have; by default that which a node like this one has read. */
    ...typed('version', { value: 'record.version', literals: ['num'], min: 0, whole: true, blank: true }),
    /** What documents are checked with. */
    ...typed('schema', { value: '', literals: ['json'], blank: true }),
    /** Whether changes are published, on the channel that is called as the collection. */
    tell: flag(true),
    ...typed('after', { value: 'after', type: 'request', literals: ['str'], blank: true }),
    ...typed('limit', { value: 'limit', type: 'request', literals: ['num'], min: 1, max: 1000, whole: true, blank: true }),
})

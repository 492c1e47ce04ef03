import { choice, requiredNode, settings, text, typed } from '../../src/node-red/fields.ts'

export const CommandCatalogueConfig = settings({
    name: text(),
    store: requiredNode('socketworks-store-config'),
    operation: choice('get', 'list', 'put', 'delete'),
    ...typed('account', { value: 'payload.accountId', literals: ['str'], blank: true }),
    ...typed('component', { value: 'payload.componentId', literals: ['str'] }),
    /** What the component can be told. */
    ...typed('commands', { value: 'payload.commands', literals: ['json'] }),
    /** The version that it must have to be replaced. */
    ...typed('version', { value: 'payload.version', literals: ['num'], min: 0, whole: true, blank: true }),
})

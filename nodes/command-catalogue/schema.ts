import { choice, requiredNode, settings, text, typed } from '../../src/node-red/fields.ts'

export const CommandCatalogueConfig = settings({
    name: text(),
    store: requiredNode('socketworks-store-config'),
    operation: choice('get', 'list', 'put', 'delete'),
    ...typed('account', { value: 'payload.accountId', literals: ['str'], blank: true }),
    ...typed('component', { value: 'payload.componentId', literals: ['str'] }),
    /** The commands that the component takes. */
    ...typed('commands', { value: 'payload.commands', literals: ['json'] }),
    /** The version to be replaced. */
    ...typed('version', { value: 'payload.version', literals: ['num'], min: 0, whole: true, blank: true }),
})

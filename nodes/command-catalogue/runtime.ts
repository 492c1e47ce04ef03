import type { NodeMessage } from 'node-red'
import { type Component, readRules } from '../../src/commands/index.ts'
import { identifier, optional, Refusal, systemClock, wholeNumber } from '../../src/lib/index.ts'
import { answer, configNode, defineNode, type Handlers, input, nameOf, type Send, type Setup } from '../../src/node-red/index.ts'
import type { StoreNode } from '../store-config/client.ts'
import { CommandCatalogueConfig } from './schema.ts'

type Context = Setup<typeof CommandCatalogueConfig, never>

const setup = (context: Context): Handlers => {
    const { RED, node, config } = context
    const { catalogue } = configNode<StoreNode>(RED, config.store).store.commands
    const get = (key: string, msg: NodeMessage) => input(RED, node, config, key, msg)
    const name = (key: string) => nameOf(config, key)
    const accountOf = async (msg: NodeMessage) => optional(await get('account', msg), (given) => identifier(name('account'), given)) ?? ''
    const componentOf = async (msg: NodeMessage) => identifier(name('component'), await get('component', msg))
    const unknown = (component: string) => new Refusal(404, 'NOT_FOUND', `the catalogue has no component ${component}`)

    const operations = {
        async get(msg: NodeMessage, send: Send) {
            const component = await componentOf(msg)
            const found = await catalogue.get(await accountOf(msg), component)
            if (!found) throw unknown(component)
            send(answer(msg, { component: viewOf(found) }))
        },
        async list(msg: NodeMessage, send: Send) {
            send(answer(msg, { components: (await catalogue.list(await accountOf(msg))).map(viewOf) }))
        },
        async put(msg: NodeMessage, send: Send) {
            const [account, component] = [await accountOf(msg), await componentOf(msg)]
            const commands = readRules(name('commands'), await get('commands', msg))
            const version = optional(await get('version', msg), (given) => wholeNumber(name('version'), given, 0, Number.MAX_SAFE_INTEGER))
            const { component: stored, isNew } = await catalogue.put({ account, component, commands }, version, systemClock.now())
            if (!stored)
                throw new Refusal(
                    412,
                    'OTHER_VERSION',
                    `the component ${component} does not have the version ${version}: get it again, and change that`,
                )
            send(Object.assign(answer(msg, { component: viewOf(stored) }), isNew && { statusCode: 201 }))
        },
        async delete(msg: NodeMessage, send: Send) {
            const component = await componentOf(msg)
            if (!(await catalogue.remove(await accountOf(msg), component, systemClock.now()))) throw unknown(component)
            send(answer(msg, { component: { componentId: component } }))
        },
    }
    return {
        changesState: config.operation === 'put' || config.operation === 'delete',
        input: (msg, send) => operations[config.operation](msg, send),
    }
}

/** A component under the names that this node reads. */
const viewOf = ({ account, component, ...more }: Component) => ({
    ...(account !== '' && { accountId: account }),
    componentId: component,
    ...more,
})

export default defineNode('command-catalogue', CommandCatalogueConfig, setup)

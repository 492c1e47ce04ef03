import { randomUUID } from 'node:crypto'
import type { NodeMessage } from 'node-red'
import { channelName, channelsOf } from '../../src/channels/index.ts'
import { identifier, messageOf, optional, systemClock, wholeNumber } from '../../src/lib/index.ts'
import {
    answer,
    configNode,
    defineNode,
    type Handlers,
    input,
    liveStatus,
    nameOf,
    passOn,
    type Send,
    type Setup,
    SocketworksError,
} from '../../src/node-red/index.ts'
import { conditionOf, conditionOn, etagOf, Records, readSchema, type StoredRecord } from '../../src/records/index.ts'
import { behindStore, type StoreNode } from '../store-config/client.ts'
import { RecordsConfig } from './schema.ts'

type Context = Setup<typeof RecordsConfig, never>
type Received = NodeMessage & { req?: { headers?: Record<string, unknown> } | null }

/** Records in one answer: unless told otherwise, and at the most. */
const [USUAL, MOST] = [100, 1000]

const setup = (context: Context): Handlers => {
    const { RED, node, config, closed } = context
    const { store } = configNode<StoreNode>(RED, config.store)
    const records = new Records({ repository: store.records, clock: systemClock })
    const get = (key: string, msg: NodeMessage) => input(RED, node, config, key, msg)
    const name = (key: string) => nameOf(config, key)
    const collectionIn = async (msg: NodeMessage) => channelName(name('collection'), await get('collection', msg))
    const keyIn = async (msg: NodeMessage) => identifier(name('key'), await get('key', msg))
    const schemaOf = schemaReader(context)
    const conditionIn = async (msg: Received) => {
        const version = optional(await get('version', msg), (given) => wholeNumber(name('version'), given, 0, Number.MAX_SAFE_INTEGER))
        return conditionOf(msg.req?.headers ?? {}) ?? conditionOn(version)
    }

    const tell = teller(context)

    const operations = {
        async get(msg: Received, send: Send) {
            const [collection, key] = [await collectionIn(msg), await keyIn(msg)]
            send(withRecord(msg, collection, await records.get(collection, key)))
        },
        async list(msg: Received, send: Send) {
            const limit = optional(await get('limit', msg), (given) => wholeNumber(name('limit'), given, 1, MOST)) ?? USUAL
            const after = optional(await get('after', msg), (given) => identifier(name('after'), given))
            send(answer(msg, await records.list(await collectionIn(msg), limit, after)))
        },
        async put(msg: Received, send: Send) {
            const [collection, key] = [await collectionIn(msg), await keyIn(msg)]
            const [value, schema] = [await get('value', msg), await schemaOf(msg)]
            const document = { collection, key, field: name('value'), value, schema }
            const { record, isNew } = await records.put(document, await conditionIn(msg))
            tell(collection, key, { version: record.version })
            send(Object.assign(withRecord(msg, collection, record), isNew && { statusCode: 201 }))
        },
        async delete(msg: Received, send: Send) {
            const [collection, key] = [await collectionIn(msg), await keyIn(msg)]
            const gone = await records.remove(collection, key, await conditionIn(msg))
            tell(collection, key, { deleted: true })
            send(answer(msg, { collection, key, version: gone.version }))
        },
        async versions(msg: Received, send: Send) {
            send(answer(msg, { versions: await records.versions(await collectionIn(msg), await keyIn(msg)) }))
        },
    }
    liveStatus(node, closed, behindStore(store, { look: () => ({}), onChange: () => {} }))
    return {
        changesState: config.operation === 'put' || config.operation === 'delete',
        input: (msg, send) => operations[config.operation](msg, send),
    }
}

/** Publishes changes, but not what is in a record: whoever may read it asks for it. */
function teller({ RED, node, config }: Context) {
    const { store, bus } = configNode<StoreNode>(RED, config.store)
    const channels = channelsOf(store, { bus, clock: systemClock, newId: randomUUID, log: (text) => RED.log.warn(text) })
    return (channel: string, key: string, change: object): void => {
        if (!config.tell) return
        const failed = (error: unknown) => node.warn(`the change of ${key} was not published on ${channel}: ${messageOf(error)}`)
        void channels.publish({ channel, key, data: { key, ...change } }).catch(failed)
    }
}

/** The message with a record: its document as the payload, and what an _http response_ node tells of its version. */
function withRecord(msg: Received, collection: string, { key, version, updatedAt, value }: StoredRecord): NodeMessage {
    const headers = msg.req ? { headers: { etag: etagOf(version) } } : {}
    return passOn(Object.assign(msg, headers, { payload: value, record: { collection, key, version, updatedAt } }))
}

/** Gives the schema that applies to a message. One that stands in the dialog is read once: a wrong one is a wrong setting. */
function schemaReader({ RED, node, config }: Context) {
    const { schema, schemaType } = config
    const read = (given: unknown) => optional(given, (value) => readSchema('schema', value))
    if (schemaType !== 'json' || schema === '') return async (msg: NodeMessage) => read(await input(RED, node, config, 'schema', msg))
    try {
        const fixed = read(JSON.parse(schema))
        return async () => fixed
    } catch (cause) {
        throw new SocketworksError('BAD_CONFIG', `schema: ${(cause as Error).message}`, { cause })
    }
}

export default defineNode('records', RecordsConfig, setup)

import assert from 'node:assert/strict'
import { fieldOf } from '../../src/node-red/fields.ts'
import { HEAP, lives } from '../support/attack.ts'
import { flowsOfAll } from '../support/examples.ts'
import { Issuer } from '../support/issuer.ts'
import { list, text } from '../support/pack.ts'
import { Service } from '../support/service.ts'

const all = { socket: 'socketworks.socket', store: 'socketworks.store', fleet: 'devices' }
type Case = [room: string, settings: object, outputs: number]
/** Nodes that take messages, with their settings and how many outputs they have. */
const named: Case[] = [
    ['start-instance', { timeout: 'payload', timeoutType: 'jsonata' }, 2],
    ['start-instance', { timeout: 'payload' }, 2],
    ['stop-instance', { instanceId: 'payload' }, 2],
    ['emergency-stop', {}, 2],
    ['recover', {}, 2],
    ['instance', { operation: 'list', state: 'payload' }, 2],
    ['socket-status', {}, 2],
    ['wait', { duration: '0', durationType: 'num' }, 3],
    ['wait', { duration: 'payload', durationType: 'jsonata' }, 3],
    ['callback-accept', {}, 2],
    ['callback-reply', {}, 3],
    ['device-state', { device: 'd', deviceType: 'str', set: 'payload' }, 3],
    ['device-query', { filter: 'payload' }, 2],
    ['device-history', { device: 'payload' }, 2],
    ['device-view', { endpoint: 'socketworks.viewers', filter: 'payload' }, 2],
    ['device-ws-out', { endpoint: 'socketworks.devices', to: 'all' }, 2],
    ['device-ws-out', { endpoint: 'socketworks.devices', to: 'peers', peer: 'p', peerType: 'str', delivery: 'kept' }, 2],
    ['log-file', { file: 'deep.log' }, 2],
]

const takers = list('nodes').filter((room) => text(`nodes/${room}/editor.ts`).includes('inputs: 1,'))
/** All others, with each operation that there is to choose, and the message in the place of whatever they read. */
const others = takers.filter((room) => !named.some(([known]) => known === room))
const nodes = [...named, ...(await Promise.all(others.map(casesOf))).flat()]

async function casesOf(room: string): Promise<Case[]> {
    const entries = Object.values(await import(`../../nodes/${room}/schema.ts`)).find((one: any) => one.entries) as any
    const fields = Object.entries(entries.entries).map(([key, schema]) => [key, fieldOf(schema as never)] as const)
    const inputs = fields
        .filter(([, field]) => field.kind === 'typed')
        .flatMap(([key]) => Object.entries({ [key]: 'payload', [`${key}Type`]: 'msg' }))
    const endpoint = room.startsWith('command') || room.startsWith('device-command') ? 'socketworks.actuation' : ''
    const settings = { ...Object.fromEntries(inputs), endpoint, callers: 'anyone' }
    const operation = fields.find(([key]) => key === 'operation')?.[1]
    const words = operation?.kind === 'choice' ? operation.words : [undefined]
    return words.map((word) => [room, word === undefined ? settings : { operation: word, ...settings }, 3])
}

const deep = 'let deep = 1; for (let i = 0; i < 50000; i++) deep = i % 2 ? [deep] : { deep };'
/** One that makes such a message by itself, and one that puts it into the request it came with. */
const alone = `${deep} node.send([{ payload: deep }, null], false); return [null, msg];`
const asked = `${deep} msg.payload = deep; return [msg, null];`

function flowOf([room, settings, outputs]: Case, index: number): object[] {
    const base = { z: 'deep', x: 0, y: 0 }
    const response = Array.from({ length: outputs }, () => ['deep.response'])
    const nothing = Array.from({ length: outputs }, () => [])
    const node = { ...base, type: `socketworks-${room}`, ...all, ...settings }
    const make = (kind: string, func: string, wires: string[][]) => [
        { ...base, id: `${kind}.${index}`, type: 'http in', url: `/${kind}/${index}`, method: 'get', wires: [[`${kind}.${index}.make`]] },
        { ...base, id: `${kind}.${index}.make`, type: 'function', func, outputs: 2, libs: [], wires },
    ]
    return [
        ...make('alone', alone, [[`alone.${index}.node`], ['deep.response']]),
        { ...node, id: `alone.${index}.node`, wires: nothing },
        ...make('asked', asked, [[`asked.${index}.node`], []]),
        { ...node, id: `asked.${index}.node`, wires: response },
    ]
}

describe('given a message of 50 000 levels that a flow has made', function () {
    this.timeout(60_000)
    let service: Service
    before(async () => {
        const tab = [
            { id: 'deep', type: 'tab', label: 'deep' },
            { id: 'deep.response', z: 'deep', x: 0, y: 0, type: 'http response', statusCode: '', headers: {}, wires: [] },
            { id: 'deep.catch', z: 'deep', x: 0, y: 0, type: 'catch', scope: null, wires: [[]] },
            {
                id: 'deep.complete',
                z: 'deep',
                x: 0,
                y: 0,
                type: 'complete',
                scope: nodes.map((_, index) => `alone.${index}.node`),
                wires: [[]],
            },
        ]
        const env = { ...HEAP, OISP_PUBLIC_KEY_FILE: new Issuer().pem }
        service = await Service.start({ flows: [...flowsOfAll, ...tab, ...nodes.flatMap(flowOf)], env })
    })
    after(() => service.close())

    for (const [index, [room, settings]] of nodes.entries())
        it(`${room} with ${JSON.stringify(settings).slice(0, 100)} refuses a request's, and outlives any other`, async () => {
            const { status, body } = await service.get(`/asked/${index}`)
            assert.equal(status, 422, JSON.stringify(body))
            assert.equal((await service.get(`/alone/${index}`)).status, 200)
            // Whatever the node put off has happened by then.
            await service.get('/api/server/status')
            await lives(service.red, 10_000)
        })
})

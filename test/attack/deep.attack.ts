import assert from 'node:assert/strict'
import { HEAP, lives } from '../support/attack.ts'
import { example, Service } from '../support/service.ts'

const all = { socket: 'socketworks.socket', store: 'socketworks.store', fleet: 'devices' }
/** Every node that takes messages, with its settings and how many outputs it has. */
const nodes: [room: string, settings: object, outputs: number][] = [
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

const deep = 'let deep = 1; for (let i = 0; i < 50000; i++) deep = i % 2 ? [deep] : { deep };'
/** One that makes such a message by itself, and one that puts it into the request it came with. */
const alone = `${deep} node.send([{ payload: deep }, null], false); return [null, msg];`
const asked = `${deep} msg.payload = deep; return [msg, null];`

function flowOf([room, settings, outputs]: (typeof nodes)[number], index: number): object[] {
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
        const examples = [...(await example('smart-socket-service')), ...(await example('fleet-observer'))]
        const known = [...new Map(examples.map((node) => [Reflect.get(node, 'id'), node])).values()]
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
        service = await Service.start({ flows: [...known, ...tab, ...nodes.flatMap(flowOf)], env: HEAP })
    })
    after(() => service.close())

    for (const [index, [room, settings]] of nodes.entries())
        it(`${room} with ${JSON.stringify(settings)} refuses a request's, and outlives any other`, async () => {
            const { status, body } = await service.get(`/asked/${index}`)
            assert.equal(status, 422, JSON.stringify(body))
            assert.equal((await service.get(`/alone/${index}`)).status, 200)
            // Whatever the node put off has happened by then.
            await service.get('/api/server/status')
            await lives(service.red, 10_000)
        })
})

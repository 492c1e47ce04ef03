import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { systemClock } from '../../../src/lib/index.ts'
import { Outbox } from '../../../src/peers/outbox.ts'
import type { Store } from '../../../src/stores.ts'
import { Tasks } from '../../../src/tasks/index.ts'
import { heard, Port } from '../../support/endpoint.ts'
import { workbench } from '../store/open.ts'

describe('the outbox of an endpoint with accounts', () => {
    const bench = workbench()
    let port: Port
    let store: Store
    let box: Outbox
    let ending: AbortController

    beforeEach(async () => {
        port = await Port.open()
        store = bench.open(bench.file(`${randomUUID()}.sqlite`))
        start()
    })
    afterEach(async () => {
        ending.abort()
        await port.close()
    })
    after(() => bench.clear())

    function start(): void {
        const authenticate = ({ headers }: IncomingMessage) => ({ identity: JSON.parse(String(headers.who)) })
        const endpoint = port.endpoint({ authenticate })
        ending = new AbortController()
        const encode = (_peer: unknown, payload: unknown) => JSON.stringify(payload)
        const common = { clock: systemClock, newId: randomUUID, log: assert.fail }
        const tasks = new Tasks({ ...common, repository: store.tasks, ready: (signal) => store.ready(signal) })
        box = new Outbox({ endpoint, id: 'e', encode, tasks, ...common })
        box.attach('n', { delivered() {}, expired() {} }, ending.signal)
    }
    /** As a new Node-RED on the same store, which knows of nobody any more. */
    async function restart(): Promise<void> {
        ending.abort()
        await port.close()
        port = await Port.open()
        start()
    }
    const keep = (payload: unknown, account?: string) =>
        box.keep({ node: 'n', peer: 'pump-1', account, payload: JSON.stringify(payload), ttl: 60_000, msg: {} })
    /** A peer that is there, and what it was sent first, once the outbox has had time to look into the store for it. */
    async function first(who: object): Promise<string> {
        const client = port.client('id' in who ? '/devices' : '/devices?id=pump-1', { headers: { who: JSON.stringify(who) } })
        const said = heard(client)
        const gone = once(client, 'close')
        await once(client, 'open')
        const nothing = async () => {
            for (let i = 0; i < 4 && client.readyState === client.OPEN; i++) {
                client.ping()
                await Promise.any([gone, once(client, 'pong')])
                // Whatever was asked of the store before is done.
                await store.tasks.get('')
                await store.states.put('looked', i)
            }
            return 'nothing'
        }
        const result = await Promise.race([said, nothing()])
        client.close()
        await gone
        return result
    }
    const settled = async () => {
        while (box.size > 0) await new Promise(setImmediate)
    }

    it('gives what is kept for an account to nobody else', async () => {
        await keep(1, 'north')
        for (const who of [{ account: 'south' }, { account: 'south', id: 'pump-1' }, { id: 'pump-1' }, {}])
            assert.equal(await first(who), 'nothing')
        assert.equal(await first({ account: 'north' }), '1')
        await settled()
    })

    it('gives what is kept for an id to whoever proves it, and not to another account that claims it', async () => {
        await keep(1)
        assert.equal(await first({ account: 'south' }), 'nothing')
        assert.equal(await first({ account: 'north', id: 'pump-1' }), '1')
        await settled()
    })

    it('knows after a restart that only its owner’s proof will do', async () => {
        assert.equal(await first({ account: 'north', id: 'pump-1' }), 'nothing')
        await keep(1)
        await restart()
        for (const who of [{ account: 'south' }, { account: 'north' }, {}, { account: 'south', id: 'pump-1' }])
            assert.equal(await first(who), 'nothing')
        assert.equal(await first({ account: 'north', id: 'pump-1' }), '1')
        await settled()
    })

    it('gives what is kept for an id to a peer without an account, where nobody proves anything', async () => {
        await keep(1)
        assert.equal(await first({}), '1')
        await settled()
    })
})

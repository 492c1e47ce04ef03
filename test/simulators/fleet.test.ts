import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Fleet, type FleetOptions } from '../../simulators/fleet/fleet.ts'
import { Sequences } from '../../src/fleet/sequence.ts'
import { type Heard, Server } from './device-server.ts'

describe('the simulated fleet', () => {
    let server: Server
    let fleet: Fleet | undefined
    beforeEach(async () => {
        server = await Server.open()
    })
    afterEach(async () => {
        await fleet?.stop()
        fleet = undefined
        await server.close()
    })

    const quick = { minInterval: 0.001, maxInterval: 0.003 }
    const start = (options: Partial<FleetOptions> = {}) => {
        fleet = Fleet.start({ url: server.url, ...quick, ...options })
        return fleet
    }

    it('sends an update first, then only what changes, with rising message ids, and hears the answers', async () => {
        const fleet = start({ devices: 3 })
        await server.until(() => ['0001', '0002', '0003'].every((id) => server.of(id).length >= 30))
        for (const id of ['0001', '0002', '0003']) {
            const [first, ...updates] = server.of(id)
            assert.deepEqual([first!.kind, first!.sequence], ['UPDT', 0])
            assert.equal(Object.keys(first!.set).length, 7)
            const known = new Map(Object.entries(first!.set))
            updates.forEach(({ kind, sequence, set }, n) => {
                assert.deepEqual([kind, sequence, Object.keys(set).length], ['UPDT', n + 1, 1])
                for (const [name, value] of Object.entries(set)) {
                    assert.notEqual(known.get(name), value)
                    known.set(name, value)
                }
            })
        }
        assert.ok(new Set(server.heard.map(({ set }) => set.country)).size > 1)
        while (fleet.counts.ok < 90) await once(fleet, 'answer')
        assert.equal(fleet.counts.error, 0)
    })

    it('can begin with all it has', async () => {
        start({ start: 'init', serialsFrom: 42 })
        await server.until(() => server.heard.length > 0)
        const [{ id, kind, set }] = server.heard as [Heard]
        assert.deepEqual([id, kind, set.local_time, set.solmate_version !== undefined], ['0042', 'INIT', null, true])
    })

    it('counts what is refused', async () => {
        const fleet = start()
        await fleet.connected()
        fleet.devices.get('0001')!.change({ battery: 13 })
        while (fleet.counts.error === 0) await once(fleet, 'answer')
    })

    it('shows its token', async () => {
        await start({ token: 'secret' }).connected()
        assert.deepEqual(server.authorizations, ['Bearer secret'])
    })

    it('does as it is told and says so, also what was so before', async () => {
        const fleet = start({ minInterval: 60, maxInterval: 60, devices: 2 })
        await server.until(() => server.sockets.size === 2)
        const told = once(fleet, 'told')
        for (let n = 1; n <= 2; n++) {
            server.sockets
                .get('0001')!
                .send('{"type":"UPDT","message":"0001:0001:{\\"country\\":\\"XX\\",\\"new\\":1,\\"serial_number\\":\\"9\\"}"}')
            await server.until(() => server.of('0001').length === 1 + n)
            assert.deepEqual(server.of('0001').at(-1)!.set, { country: 'XX', new: 1 })
        }
        assert.deepEqual(await told, ['0001', { country: 'XX', new: 1 }])
        assert.equal(fleet.devices.get('0001')!.parameters.get('country'), 'XX')
        assert.equal(server.of('0002').length, 1)
    })

    it('hears of other devices, and of nonsense without harm', async () => {
        const fleet = start({ minInterval: 60, maxInterval: 60 })
        await server.until(() => server.sockets.size === 1)
        const heard = once(fleet, 'heard')
        for (const text of [
            'x',
            '{}',
            '{"type":"UPDT"}',
            'null',
            '{"type":"UPDT","message":"1:2:3"}',
            '{"type":"UPDT","message":"0001:0002:x"}',
        ])
            server.sockets.get('0001')!.send(text)
        assert.deepEqual(await heard, ['0001', '0002', {}])
        const another = once(fleet, 'heard')
        server.sockets.get('0001')!.send('{"type":"UPDT","message":"0001:AA:BB:01:{\\"a\\":1}"}')
        assert.deepEqual(await another, ['0001', 'AA:BB:01', { a: 1 }])
    })

    it('connects again when it is cut off, also while there is no server', async () => {
        const fleet = start({ reconnect: 20, devices: 2 })
        await fleet.connected()
        const { port } = server
        await server.close()
        await once(fleet, 'trouble')
        assert.equal(fleet.counts.connected, 0)
        server = await Server.open(port)
        await fleet.connected()
        await server.until(() => server.of('0001').length > 0)
        assert.ok(server.of('0001')[0]!.sequence > 0)
        const cut = once(fleet, 'disconnected')
        fleet.devices.get('0001')!.cut()
        await cut
        await fleet.connected()
    })

    it('loses, repeats and changes the order of messages as often as it is told to', async () => {
        const fleet = start({ faults: { drop: 0.1, duplicate: 0.1, reorder: 0.1 } })
        await server.until(() => server.heard.length >= 400)
        await fleet.stop()
        const sequences = new Sequences()
        let health = { gaps: 0, duplicates: 0, reordered: 0 }
        for (const { id, sequence } of server.heard) health = sequences.add(id, sequence).counts
        for (const count of Object.values(health)) assert.ok(count > 10 && count < 80, JSON.stringify(health))
    })

    it('is a thousand devices in one process', async () => {
        const fleet = start({ devices: 1000, minInterval: 0.5, maxInterval: 1 })
        await fleet.connected()
        await server.until(() => new Set(server.heard.map(({ id }) => id)).size === 1000)
        await fleet.stop()
        assert.equal(fleet.counts.connected, 0)
    })

    it('stops at once while it cannot connect', async () => {
        const { url } = server
        await server.close()
        const fleet = Fleet.start({ url, devices: 5 })
        await once(fleet, 'trouble')
        await fleet.stop()
        server = await Server.open()
    })
})

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Fleet } from '../../simulators/fleet/fleet.ts'
import { FleetObserver, readTold, report, reports, type Told, toldOf } from '../support/fleet-observer.ts'
import type { Frames } from '../support/frames.ts'

/** What the devices of fleet-observer.json are told of each other. */
describe('fleet-observer.json, sharing', () => {
    let o: FleetObserver
    before(async () => {
        o = await FleetObserver.start()
    })
    after(() => o.stop())
    const start = (env: Record<string, string>) => o.renew({ env })

    /** Resolves once a client was told that of a device. */
    async function hears(client: Frames, about: Told, from = 0): Promise<void> {
        const wanted = JSON.stringify(about)
        await client.until((frame) => JSON.stringify(readTold(frame)) === wanted, from)
    }
    const devices = (...serials: string[]) =>
        Promise.all(
            serials.map(async (serial) => {
                const device = await o.connect('/update/')
                await reports(device, '0000', serial, { battery: 0 })
                return device
            }),
        )

    it('tells every other device what changed, and not the one that said it', async () => {
        await start({ DEVICE_SHARING: 'true' })
        const [a, b] = (await devices('0001', '0002')) as [Frames, Frames]
        // It has said nothing yet, and wants to know all the same.
        const silent = await o.connect('/update/')
        await reports(a, '0001', '0001', { battery: 1, country: 'AT' })
        const first = { serial: '0001', set: { battery: 1, country: 'AT' } }
        for (const other of [b, silent]) await hears(other, first)
        await reports(a, '0002', '0001', { battery: 2, country: 'AT' })
        for (const other of [b, silent]) await hears(other, { serial: '0001', set: { battery: 2 } })
        await reports(b, '0003', '0002', { _charging: true })
        for (const other of [a, silent]) await hears(other, { serial: '0002', set: { charging: true } })
        const about = (device: Frames, serial: string) => toldOf(device).filter((told) => told.serial === serial)
        assert.deepEqual([about(a, '0001'), about(b, '0002')], [[], []])
        assert.deepEqual(toldOf(silent), [first, { serial: '0001', set: { battery: 2 } }, { serial: '0002', set: { charging: true } }])
    })

    it('tells nobody of an update that changes nothing or is refused', async () => {
        await start({ DEVICE_SHARING: 'true' })
        const [a, b] = (await devices('0001', '0002')) as [Frames, Frames]
        await reports(a, '0001', '0001', { battery: 1 })
        await hears(b, { serial: '0001', set: { battery: 1 } })
        const from = b.all.length
        await reports(a, '0002', '0001', { battery: 1 })
        await reports(a, '0003', '0001', {})
        a.send('0004:0001:{broken')
        await a.until(({ message }) => message === '0004:0001:ERROR')
        assert.equal(await report(a, '0005', '0001', { serial_number: '0002', battery: 9 }), 'ERROR')
        await reports(a, '0006', '0001', { battery: 2 })
        // Frames of one connection come in order: anything before would be here by now.
        await hears(b, { serial: '0001', set: { battery: 2 } })
        assert.equal(b.all.length, from + 1)
    })

    it('tells of a device that was not known, and of any text', async () => {
        await start({ DEVICE_SHARING: 'true' })
        const [a] = (await devices('0001')) as [Frames]
        const other = await o.connect('/update/')
        const set = { 'Überlauf "1"\\': "it's {0001:0002:}", 名前: '🔌\u2028\u202E\0', none: null, nested: { a: [1, { b: '}' }] } }
        await reports(other, '0001', 'neu-é', set)
        await hears(a, { serial: 'neu-é', set })
    })

    it('is understood by simulated devices, which stay as they are and answer nothing', async () => {
        await start({ DEVICE_SHARING: 'true' })
        const fleet = Fleet.start({ url: o.url('/update/'), devices: 5, minInterval: 0.05, maxInterval: 0.1, start: 'init' })
        const signal = AbortSignal.timeout(20_000)
        const faults: string[] = []
        fleet.on('heard', (serial, about) => serial === about && faults.push(`${serial} heard of itself`))
        fleet.on('told', (serial) => faults.push(`${serial} was told to change`))
        while (fleet.counts.heard < 200 || fleet.counts.ok < 50) await once(fleet, 'heard', { signal })
        assert.deepEqual(faults, [])
        assert.equal(fleet.counts.error, 0)
        await fleet.stop()
    })

    for (const env of [{}, { DEVICE_SHARING: 'false' }] as Record<string, string>[])
        it(`tells nobody where ${env.DEVICE_SHARING === undefined ? 'nothing is set' : 'it is off'}`, async () => {
            await start(env)
            const [a, b] = (await devices('0001', '0002')) as [Frames, Frames]
            for (let n = 1; n <= 50; n++) {
                await reports(a, '0001', '0001', { battery: n })
                // That the other one is answered between shows that it would have heard.
                await reports(b, '0001', '0002', { battery: n })
            }
            assert.deepEqual([toldOf(a), toldOf(b)], [[], []])
        })
})

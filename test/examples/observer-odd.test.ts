import assert from 'node:assert/strict'
import { FleetObserver, reports } from '../support/fleet-observer.ts'
import type { Frames } from '../support/frames.ts'

describe('fleet-observer.json, of devices that speak a little differently', () => {
    let observer: FleetObserver
    before(async () => {
        observer = await FleetObserver.start()
    })
    after(() => observer?.stop())

    /** Sends a message that has to be taken. */
    const says = async (device: Frames, message: string, header: string) => {
        const from = device.all.length
        device.send(message)
        const { message: answer } = await device.until(({ type, message }) => type === 'INFO' && !message.startsWith('Welcome'), from)
        assert.equal(answer, `${header}:OK`)
    }
    const row = async (serial: string) => {
        const { body } = await observer.get(
            `/devices?filter=${encodeURIComponent(`[{"property":"serial_number","op":"=","value":"${serial}"}]`)}`,
        )
        return body.rows[0].columns ?? body.rows[0]
    }

    it('keeps a whole number beyond 2^53 to the digit: over HTTP, to viewers, in a filter, and over a restart', async () => {
        const device = await observer.connect('/update/')
        await says(device, "0001:0001:{'iccid': 8949020000123456789}", '0001:0001')
        await says(device, '0001:0002:{"iccid": 8949020000123456790}', '0001:0002')
        const viewer = await observer.connect('/client/')
        const { message: rows } = await viewer.until(({ type }) => type === 'INIT')
        assert.deepEqual(
            rows.map(({ iccid }: { iccid: unknown }) => iccid),
            ['8949020000123456789', '8949020000123456790'],
        )
        await says(device, '0002:0001:{"iccid": 8949020000123456788}', '0002:0001')
        const { message } = await viewer.until(({ type }) => type === 'UPDT')
        assert.match(message, /8949020000123456788/)
        const filter = (op: string) =>
            `/devices?filter=${encodeURIComponent(`[{"property":"iccid","op":"${op}","value":8949020000123456789}]`)}`
        const found = async (op: string) => (await observer.get(filter(op))).body.total
        assert.deepEqual([await found('<'), await found('='), await found('>')], [1, 0, 1])
        await observer.leave()
        await observer.red.stop()
        await observer.again()
        assert.equal((await row('0002')).iccid, '8949020000123456790')
    })

    it('keeps the rest of a message with odd values in it, and says in the log what became of them', async () => {
        const device = await observer.connect('/update/')
        const dict = "{'t': np.float64(3.3), 'h': nan, 'at': datetime.datetime(2024, 3, 17, 10, 0), 'v': Decimal('1.5'), 'battery': 50}"
        await says(device, `0001:0003:${dict}\0`, '0001:0003')
        const { t, h, at, v, battery } = await row('0003')
        assert.deepEqual({ t, h, at, v, battery }, { t: 3.3, h: null, at: '2024-03-17 10:00:00', v: 1.5, battery: 50 })
        await says(device, '0002:0003:{"h": NaN, "battery": 51}', '0002:0003')
        const log = observer.red.log
        assert.match(log, /the device "0003" sent for "h" what is neither JSON nor a Python literal: "nan", kept as null/)
        assert.equal(log.match(/sent for "h"/g)?.length, 1)
    })

    it('takes serial numbers with colons for what they are', async () => {
        const device = await observer.connect('/update/')
        await says(device, '1101:AA:BB:CC:00:00:01:{"a": 1}', '1101:AA:BB:CC:00:00:01')
        await reports(device, '1102', 'AA:BB:CC:00:00:01', { a: 2 })
        assert.equal((await row('AA:BB:CC:00:00:01')).a, 2)
    })

    it('sorts names with numbers as people do', async () => {
        const device = await observer.connect('/update/')
        for (const serial of ['sw10', 'sw2', 'sw1'])
            await reports(device, '0001', serial, { kind: 'switch', version: `1.${serial.slice(2)}.0` })
        const viewer = await observer.connect('/client/')
        for (const property of ['serial_number', 'version']) {
            const from = viewer.all.length
            viewer.send({ type: 'FILT', message: ['filter:kind:=:switch', `sort:${property}:<:abc`] })
            const { message } = await viewer.until(({ type, message }) => type === 'INIT' && message.length === 3, from)
            assert.deepEqual(
                message.map((one: { serial_number: string }) => one.serial_number),
                ['sw1', 'sw2', 'sw10'],
            )
        }
    })
})

import assert from 'node:assert/strict'
import { FleetObserver, reports } from '../support/fleet-observer.ts'
import { Frames } from '../support/frames.ts'

/** Tries until it is let in, as devices and pages do whose server is being started. */
async function eager(url: string): Promise<Frames> {
    for (;;) {
        try {
            return await Frames.open(url)
        } catch {
            await new Promise((resolve) => setTimeout(resolve, 5))
        }
    }
}

describe('fleet-observer.json, while it starts', () => {
    let o: FleetObserver
    before(async () => {
        o = await FleetObserver.start()
        await reports(await o.connect('/update/'), '0001', '0001', { battery: 1 })
        await o.leave()
    })
    after(() => o.red.stop())

    for (let round = 1; round <= 3; round++)
        it(`shows the table to everybody who comes too early, and hears devices, time ${round}`, async () => {
            await o.red.stop()
            const url = (path: string) => o.url(path)
            const coming = Array.from({ length: 10 }, () => eager(url('/client/')))
            const device = eager(url('/update/'))
            await o.again()
            const viewers = await Promise.all(coming)
            for (const viewer of viewers) {
                const { message } = await viewer.until(({ type }) => type === 'INIT')
                assert.equal(message[0].serial_number, '0001')
            }
            await reports(await device, '0001', '0001', { battery: round + 1 })
            for (const client of [...viewers, await device]) await client.close()
        })

    it('shows the table to everybody who comes while flows are deployed anew', async () => {
        const flows = await (await fetch(`${o.red.url}/flows`)).json()
        const viewer = await Frames.open(o.url('/client/'))
        const gone = new Promise((resolve) => viewer.socket.once('close', resolve))
        const coming = gone.then(() => Promise.all(Array.from({ length: 10 }, () => eager(o.url('/client/')))))
        await o.red.deploy(flows, 'full')
        for (const client of await coming) {
            await client.until(({ type }) => type === 'INIT')
            await client.close()
        }
    })
})

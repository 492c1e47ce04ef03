import assert from 'node:assert/strict'
import { HEAP, lives, slowest } from '../support/attack.ts'
import { FleetObserver, reports } from '../support/fleet-observer.ts'

/** Milliseconds of computing within which a single answer comes while everything is done to keep it from coming. */
const PATIENCE = 2000
const VALUE = 'x'.repeat(15_000)

describe('the views of a fleet', function () {
    this.timeout(120_000)
    let observer: FleetObserver
    beforeEach(async () => {
        observer = await FleetObserver.start({ env: { ...HEAP } })
    })
    afterEach(function () {
        if (this.currentTest?.isFailed()) console.log(observer.red.log.slice(-3000))
        return observer.red.kill()
    })
    const connect = (count: number, path: string) => Promise.all(Array.from({ length: count }, () => observer.connect(path)))
    /** Lets 300 devices say something, no more of them on one connection than may at once. */
    const devices = async (make: (n: number) => object) => {
        const clients = await connect(3, '/update/')
        await Promise.all(
            clients.map(async (client, c) => {
                for (let n = c; n < 300; n += 3) await reports(client, '0000', `D${n}`, make(n))
            }),
        )
    }

    it('answers while twenty viewers ask the hardest that they may of 300 devices of 60 kB', async () => {
        await devices((n) => ({ a: `${n}${VALUE}`, b: VALUE, c: VALUE, d: VALUE }))
        const viewers = await connect(20, '/client/')
        await Promise.all(viewers.map((viewer) => viewer.until(({ type }) => type === 'INIT', 0, 100_000)))
        const asked = Promise.all(
            viewers.map(async (viewer, v) => {
                const from = viewer.all.length
                const message = Array.from({ length: 32 }, (_, i) => `filter:${'abcd'[i % 4]}:=:${'X'.repeat(100 + v)}`)
                viewer.send({ type: 'FILT', message })
                await viewer.until(({ type }) => type === 'INIT', from, 100_000)
            }),
        )
        const most = await slowest(asked, () => lives(observer.red, PATIENCE))
        assert.ok(most < PATIENCE, `${most} ms`)
    })

    it('lists 300 devices of 60 kB to twenty at once, or says that it has too much to do', async () => {
        await devices((n) => ({ a: `${n}${VALUE}`, b: VALUE, c: VALUE, d: VALUE }))
        const asked = Promise.all(Array.from({ length: 20 }, () => observer.get('/devices?limit=10000')))
        const most = await slowest(asked, () => lives(observer.red, PATIENCE))
        for (const { status } of await asked) assert.ok([200, 413, 429, 503].includes(status), `${status}`)
        assert.ok(most < PATIENCE, `${most} ms`)
    })

    it('answers while two thousand different views are asked for', async () => {
        await devices((n) => ({ a: n, b: String(n) }))
        const viewers = await connect(200, '/client/')
        const asked = Promise.all(
            viewers.map(async (viewer, v) => {
                for (let i = 0; i < 10; i++) viewer.send({ type: 'FILT', message: [`filter:b:!=:none-${v}-${i}`, `sort:a:>:123`] })
                await viewer.until(({ type }) => type === 'INIT', 0, 100_000)
            }),
        )
        const most = await slowest(asked, () => lives(observer.red, PATIENCE))
        assert.ok(most < PATIENCE, `${most} ms`)
        // All of them are kept up to date.
        await devices((n) => ({ a: -n }))
        assert.ok((await lives(observer.red, PATIENCE)) < PATIENCE)
    })

    it('refuses another view of its own to a viewer where two hundred others have one', async () => {
        await devices((n) => ({ a: n }))
        const viewers = await connect(205, '/client/')
        const told = await Promise.all(
            viewers.map(async (viewer, v) => {
                await viewer.until(({ type }) => type === 'INIT', 0, 100_000)
                const from = viewer.all.length
                viewer.send({ type: 'FILT', message: [`filter:a:!=:none-${v}`] })
                return await viewer.until(({ type }) => type === 'INIT' || type === 'INFO', from, 100_000)
            }),
        )
        const refused = told.filter(({ type }) => type === 'INFO')
        assert.ok(refused.length >= 5 && refused.length <= 6, `${refused.length}`)
        assert.match(refused[0]!.message, /^ERROR: 200 different views/)
    })
})

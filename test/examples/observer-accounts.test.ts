import assert from 'node:assert/strict'
import { bearer, FleetObserver, report, reports, toldOf } from '../support/fleet-observer.ts'
import type { Frames } from '../support/frames.ts'
import { Issuer } from '../support/issuer.ts'

type Row = Record<string, unknown>

/** What each of two accounts sees of the other one's devices in fleet-observer.json: nothing. */
describe('fleet-observer.json, viewers see their own devices only', () => {
    const issuer = new Issuer()
    let o: FleetObserver
    /** Devices that report: one of each account and one of none. */
    let north: Frames
    let south: Frames
    let nobodys: Frames
    let count = 0

    const device = async (sub: string, account?: string) =>
        o.connect('/update/', await issuer.token({ sub, ...(account !== undefined && { account }) }))
    const viewer = async (account: unknown, protocols?: string[]) => o.connect('/client/', await issuer.token({ account }), protocols)
    const page = (account: unknown) => viewer(account, ['socketworks.view.1'])
    const serials = (rows: Row[]) => rows.map(({ serial_number }) => serial_number)
    /** Lets the device of the south report, and waits until a viewer of it has seen that: all before it would have come, too. */
    const caughtUp = async (client: Frames) => {
        const marker = `m${++count}`
        await reports(south, '0001', '0002', { marker })
        await client.until((frame) => JSON.stringify(frame).includes(marker))
    }
    const nothingOf = (client: Frames, words: RegExp, from = 0) => {
        for (const text of client.all.slice(from)) assert.doesNotMatch(text, words)
    }

    before(async () => {
        const env = { DEVICE_AUTH: 'jwt', VIEWER_AUTH: 'jwt', VIEWER_OWN: 'true', DEVICE_SHARING: 'true', OBSERVER_PUBLIC_KEY: issuer.pem }
        o = await FleetObserver.start({ env })
    })
    beforeEach(async () => {
        north = await device('0001', 'north')
        south = await device('0002', 'south')
        nobodys = await device('0003')
        await reports(north, '0000', '0001', { battery: 10, secret: 'N-code', country: 'AT' })
        await reports(south, '0000', '0002', { battery: 20, country: 'DE' })
        await reports(nobodys, '0000', '0003', { battery: 30, orphan: 'O-code' })
    })
    afterEach(() => o.leave())
    after(() => o.stop())

    it('in the table and in what changes', async () => {
        const [n, s] = [await viewer('north'), await viewer('south')]
        const first = async (client: Frames) => serials((await client.until(({ type }) => type === 'INIT')).message)
        assert.deepEqual([await first(n), await first(s)], [['0001'], ['0002']])
        await reports(north, '0001', '0001', { battery: 11 })
        await reports(nobodys, '0001', '0003', { battery: 31 })
        await caughtUp(s)
        nothingOf(s, /N-code|O-code|secret|orphan/)
        assert.ok(toldOf(s).every(({ serial }) => serial === '0002'))
        await n.until(({ type }) => type === 'UPDT')
        assert.deepEqual(
            toldOf(n).map(({ serial, set }) => [serial, set.battery]),
            [['0001', 11]],
        )
    })

    it('a viewer of no account sees nothing, whatever is reported', async () => {
        const strangers = await Promise.all([undefined, '', null, {}, ['north'], true].map((account) => viewer(account)))
        for (const stranger of strangers) assert.deepEqual((await stranger.until(({ type }) => type === 'INIT')).message, [])
        await reports(nobodys, '0001', '0003', { battery: 32 })
        await reports(north, '0001', '0001', { battery: 12 })
        await caughtUp(await viewer('south'))
        for (const stranger of strangers) {
            stranger.send({ type: 'FILT', message: ['filter:serial_number:=:0'] })
            await stranger.until(({ type, message }) => type === 'INIT' && message.length === 0, 2)
            assert.equal(stranger.all.length, 3)
        }
    })

    describe('whatever it filters and sorts by', () => {
        const tricks = [
            ['filter:serial_number:=:0001'],
            ['filter:serial_number:==:0001'],
            ['filter:serial_number:=:'],
            ['filter:serial_number:!=:0002'],
            ['filter:secret:=:N'],
            ['filter:secret:!=:x'],
            ['filter:secret:>:A', 'sort:secret:<:abc'],
            ['sort:secret:>:abc'],
            ['sort:battery:<:123', 'sort:orphan:>:abc'],
            ['filter:owner:=:north'],
            ['filter:owner:!=:south'],
            ['filter:account:==:north', 'filter:fleet:==:devices'],
            ['filter:columns.secret:=:N'],
            ['filter:__proto__:!=:x'],
            ['filter:constructor:!=:x', 'sort:__proto__:<:abc'],
            ['filter:battery:<:1000', 'filter:battery:>:-1'],
            ["filter:serial_number:=:' OR 1=1 --"],
            ['filter:serial_number:=:%'],
            ['filter:serial_number:=:.*'],
            ['filter:last_status_update:>:1970', 'sort:last_status_update:>:abc'],
        ]

        it('in the protocol of the seed', async () => {
            const s = await viewer('south')
            await s.until(({ type }) => type === 'INIT')
            for (const message of tricks) {
                const from = s.all.length
                s.send({ type: 'FILT', message, account: 'north', own: false, peer: { account: 'north' } })
                const { message: rows } = await s.until(({ type }) => type === 'INIT', from)
                assert.ok(
                    serials(rows).every((serial) => serial === '0002'),
                    message.join(),
                )
                // Neither that something changed there nor when is told.
                const now = s.all.length
                await reports(north, '0002', '0001', { battery: ++count, secret: `N-code ${count}` })
                s.send({ type: 'FILT', message: [] })
                await s.until(({ type }) => type === 'INIT', now)
                assert.equal(s.all.length, now + 1, message.join())
            }
            nothingOf(s, /N-code|secret|O-code|orphan/)
        })

        it('in the protocol of the page, where columns and numbers tell nothing either', async () => {
            const s = await page('south')
            const op = { '=': 'contains', '==': '=' } as Record<string, string>
            for (const entries of tricks) {
                const parts = entries.map((entry) => entry.split(':'))
                const filter = parts
                    .filter(([kind]) => kind === 'filter')
                    .map(([, property, word, ...value]) => ({ property, op: op[word!] ?? word, value: value.join(':') }))
                const sort = parts
                    .filter(([kind]) => kind === 'sort')
                    .map(([, property, word]) => ({ property, direction: word === '<' ? 'asc' : 'desc', as: 'auto' }))
                const from = s.all.length
                s.send({ type: 'view', filter, sort, offset: 0, account: 'north', scope: 'all', peer: { account: 'north' } })
                const shown = await s.until(({ kind }) => kind === 'snapshot' || kind === 'refused', from)
                assert.equal(shown.kind, 'snapshot', entries.join())
                assert.ok(shown.rows.every(({ id }: { id: string }) => id === '0002') && shown.total <= 1, entries.join())
                assert.ok(!shown.columns.includes('secret') && !shown.columns.includes('orphan'))
                const now = s.all.length
                await reports(north, '0002', '0001', { battery: ++count, [`secret${count}`]: 1 })
                s.send({ type: 'view' })
                await s.until(({ kind }) => kind === 'snapshot', now)
                assert.equal(s.all.length, now + 1, entries.join())
            }
            for (const value of [0, 300]) {
                const from = s.all.length
                s.send({ type: 'view', filter: [{ property: '', op: 'silent', value }] })
                const { rows } = await s.until(({ kind }) => kind === 'snapshot', from)
                assert.deepEqual(
                    rows.map(({ id }: { id: string }) => id),
                    value === 0 ? ['0002'] : [],
                )
            }
            nothingOf(s, /N-code|secret|O-code|orphan/)
        })
    })

    it('who comes back with the place of another account in its view is shown its own', async () => {
        const n = await page('north')
        n.send({ type: 'view' })
        const theirs = await n.until(({ kind }) => kind === 'snapshot')
        const s = await page('south')
        for (const seq of [theirs.seq, 0, -1, theirs.seq - 1]) {
            const from = s.all.length
            s.send({ type: 'resume', epoch: theirs.epoch, seq })
            const { epoch, recovered, rows, total } = await s.until(({ kind }) => kind === 'snapshot', from)
            assert.notEqual(epoch, theirs.epoch)
            assert.deepEqual([recovered, rows.map(({ id }: { id: string }) => id), total], [false, ['0002'], 1])
        }
        nothingOf(s, /N-code|secret/)
    })

    it('what is not theirs is not there for history and remote control, as if it had never been', async () => {
        const s = await page('south')
        const answers = async (request: object) => {
            const from = s.all.length
            s.send(request)
            const { seq: _, ...said } = await s.until(({ kind }) => kind === 'refused' || kind === 'history' || kind === 'set', from)
            return said
        }
        for (const id of ['0001', '0003', '0999']) {
            const unknown = { kind: 'refused', code: 'UNKNOWN_DEVICE', message: `there is no device ${id}` }
            assert.deepEqual(await answers({ type: 'history', id, property: 'battery', seconds: 60 }), unknown)
            assert.deepEqual(await answers({ type: 'set', id, property: 'country', value: 'XX', request: `r${id}` }), unknown)
        }
        const own = await answers({ type: 'history', id: '0002', property: 'battery', seconds: 3600 })
        assert.equal(own.points.at(-1).value, 20)
        assert.equal((await answers({ type: 'set', id: '0002', property: 'country', value: 'CH', request: 'own' })).state, 'pending')
        assert.deepEqual((await south.until(({ type }) => type === 'UPDT')).message.slice(5), '0002:{"country":"CH"}')
        // What is sent to a device later than a command would have been.
        for (const [other, serial] of [
            [north, '0001'],
            [nobodys, '0003'],
        ] as [Frames, string][]) {
            await reports(other, '0009', serial, { country: 'YY' })
            assert.deepEqual(toldOf(other), [])
        }
    })

    it('over HTTP, which knows no accounts, there is nothing', async () => {
        const token = await issuer.token({ account: 'north' })
        for (const path of [
            '/devices',
            '/devices?peer[account]=north&account=north&own=false',
            `/devices?filter=${encodeURIComponent('[{"property":"serial_number","op":"=","value":"0001"}]')}`,
            `/devices?sort=${encodeURIComponent('[{"property":"secret","direction":"asc"}]')}&access_token=${token}`,
        ])
            assert.deepEqual((await o.get(path, bearer(token))).body, { rows: [], total: 0 }, path)
        for (const id of ['0001', '0003', '0999']) {
            const { status, body } = await o.get(`/devices/${id}/history/battery?peer[account]=north`, bearer(token))
            assert.deepEqual([status, body], [404, { message: `there is no device ${id}` }])
        }
    })

    it('devices, too, are told only what others of their account report', async () => {
        const [other, foreign] = [await device('0004', 'north'), await device('0005', 'south')]
        await reports(north, '0001', '0001', { news: 'N-news' })
        await other.until(({ message }) => message.includes('N-news'))
        await reports(south, '0001', '0002', { news: 'S-news' })
        await foreign.until(({ message }) => message.includes('S-news'))
        await reports(nobodys, '0001', '0003', { news: 'O-news' })
        await reports(north, '0002', '0001', { news: 'N-end' })
        await other.until(({ message }) => message.includes('N-end'))
        for (const client of [south, foreign, nobodys]) nothingOf(client, /N-news|N-end/)
        for (const client of [north, other, nobodys]) nothingOf(client, /S-news/)
        for (const client of [north, other, south, foreign]) nothingOf(client, /O-news/)
    })

    it('nobody takes over a device, nor what is meant for it, by telling its serial number', async () => {
        // Tokens that name no device: of the other account, and of none.
        const strangers = [
            await o.connect('/update/', await issuer.token({ account: 'south' })),
            await o.connect('/update/', await issuer.token()),
        ]
        const n = await page('north')
        const shown = async () => {
            const from = n.all.length
            n.send({ type: 'view' })
            const { rows } = await n.until(({ kind }) => kind === 'snapshot', from)
            const { last_status_update: _, ...columns } = rows[0].columns
            return columns
        }
        const before = await shown()
        for (const stranger of strangers) assert.equal(await report(stranger, '4000', '0001', { battery: 99 }), 'ERROR')
        await reports(north, '0001', '0001', { country: 'AT' })
        // Not even that messages were missing.
        assert.deepEqual(await shown(), before)
        n.send({ type: 'set', id: '0001', property: 'country', value: 'N-command', request: 'r1' })
        await north.until(({ message }) => message.includes('N-command'))
        for (const stranger of strangers) {
            await report(stranger, '0002', '0001', {})
            nothingOf(stranger, /N-command/)
        }
    })
})

import assert from 'node:assert/strict'
import { Service } from '../support/service.ts'

describe('GET /api/energy', () => {
    let service: Service
    const began = Date.now() - 60_000
    before(async () => {
        service = await Service.start({ env: { SOCKET_INTERVAL: '0.1', TZ: 'Europe/Berlin' } })
        service.plug.setPower(3000)
    })
    after(() => service.close())

    const energy = (query: Record<string, string | number> = {}, headers?: Record<string, string>) =>
        service.get(`/api/energy?${new URLSearchParams({ from: String(began), ...(query as Record<string, string>) })}`, headers)
    const run = async (owner?: string) => {
        const { id } = (await service.post('/api/instance', { owner })).body.instance
        await service.until(async () => (await service.get(`/api/instance/${id}`)).body.instance.summary.energyWh > 0.4)
        return (await service.put(`/api/instance/${id}`)).body.instance
    }
    const about = (value: number, wanted: number, by = 1e-5) => assert.ok(Math.abs(value - wanted) <= by, `${value} is not ${wanted}`)

    it('tells what was used, in steps, by instance and by owner', async () => {
        const [first, second] = [await run('ann'), await run()]
        const [one, other] = [first.summary.energyWh / 1000, second.summary.energyWh / 1000]
        const { status, body } = await energy({ by: 'instance', bucket: '1m', timeZone: 'America/New_York' })
        assert.equal(status, 200)
        assert.deepEqual(Object.keys(body), [
            'from',
            'to',
            'timeZone',
            'sockets',
            'total',
            'resolution',
            'bucket',
            'buckets',
            'by',
            'groups',
        ])
        assert.deepEqual([body.timeZone, body.sockets, body.bucket], ['America/New_York', ['smart socket'], '1m'])
        assert.deepEqual(
            body.groups.map(({ instanceId, owner }: { instanceId: string; owner: string }) => [instanceId, owner]),
            [
                [second.id, '<unknown>'],
                [first.id, 'ann'],
                [null, '<nobody>'],
            ],
        )
        const sum = (list: { kWh: number | null }[]) => list.reduce((total, { kWh }) => total + (kWh ?? 0), 0)
        about(body.groups[0].kWh, other)
        about(body.groups[1].kWh, one)
        about(sum(body.groups), body.total.kWh, 0.0001)
        about(sum(body.buckets), body.total.kWh)
        assert.deepEqual([body.total.maxW, body.total.quality, body.total.cost], [3000, 'counter', null])
        assert.ok(
            body.buckets.some(({ kWh }: { kWh: number | null }) => kWh === null),
            'what is not known is not 0',
        )
        const owners = (await energy({ by: 'owner' })).body.groups
        assert.deepEqual(owners.map(({ owner }: { owner: string }) => owner).toSorted(), ['<nobody>', '<unknown>', 'ann'])
        const own = (await service.get(`/api/energy?instanceId=${first.id}`)).body
        about(own.total.kWh, one)
        assert.deepEqual([own.from, own.to, own.timeZone], [first.startTimestamp, first.stopTimestamp, 'Europe/Berlin'])
    })

    it('has power in steps of seconds for a plot', async () => {
        const { body } = await energy({ bucket: 'auto', points: 1000 })
        assert.equal(body.bucket, '5s')
        const known = body.buckets.filter(({ meanW }: { meanW: number | null }) => meanW !== null)
        assert.ok(known.length > 0 && known.every(({ maxW, kWh }: { maxW: number; kWh: null }) => maxW <= 3000 && kWh === null))
    })

    it('is CSV for whoever wants that', async () => {
        for (const answer of [await energy({ format: 'csv', bucket: 'h' }), await energy({ bucket: 'h' }, { accept: 'text/csv' })]) {
            assert.equal(answer.status, 200)
            assert.match(answer.headers.get('content-type')!, /^text\/csv; charset=utf-8/)
            assert.match(String(answer.body), /^from,to,kWh,cost,minW,meanW,maxW,secondsOn,secondsKnown,quality\r\n20\d\d-/)
        }
    })

    it('names all that is wrong, and what there is not', async () => {
        const wrong = { from: 'yesterday', to: '2026-02-30', bucket: 'year', points: '0', timeZone: 'Nowhere', by: 'me', format: 'pdf' }
        const { status, body } = await energy(wrong)
        assert.equal(status, 422)
        assert.deepEqual(body.errors.map(({ path }: { path: string }) => path).toSorted(), Object.keys(wrong).toSorted())
        assert.equal((await service.get('/api/energy?from=1&from=2')).status, 422)
        assert.equal((await energy({ from: 0, bucket: '5s' })).status, 422)
        assert.equal((await energy({ socket: 'another' })).status, 404)
        assert.equal((await energy({ instanceId: 'another' })).status, 404)
        assert.deepEqual((await energy({ socket: 'smart socket' })).body.sockets, ['smart socket'])
    })

    it('loses nothing of it when it is killed', async () => {
        const { id } = (await service.post('/api/instance')).body.instance
        const before = (await energy()).body.total.kWh
        await service.red.kill()
        await service.again()
        await service.heard()
        await service.until(async () => (await energy()).body.total.kWh > before)
        const { instance } = (await service.put(`/api/instance/${id}`)).body
        const { total, groups } = (await energy({ by: 'instance' })).body
        about(groups[0].kWh, instance.summary.energyWh / 1000)
        about(
            groups.reduce((sum: number, { kWh }: { kWh: number }) => sum + kWh, 0),
            total.kWh,
            0.001,
        )
    })
})

import assert from 'node:assert/strict'
import { conditionOn, openRecords, Records, readSchema, recordStore } from '../../../src/records/index.ts'
import { type ModuleContext, openDatabase } from '../../../src/store/index.ts'
import { type Store, storeModules } from '../../../src/stores.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { eventually } from '../../support/file.ts'
import { random } from '../../support/random.ts'
import { soon, workbench } from '../store/open.ts'

describe('records', () => {
    const clock = new FakeClock()
    let bench: ReturnType<typeof workbench>
    let store: Store
    let records: Records
    const open = async () => {
        store = bench.open(bench.file(), { clock })
        await store.ready(soon())
        records = new Records({ repository: store.records, clock })
    }
    beforeEach(async () => {
        bench = workbench()
        await open()
    })
    afterEach(() => bench.clear())
    const put = (key: string, value: unknown, version?: number, schema?: object) =>
        records.put(
            { collection: 'settings', key, value, field: 'value', schema: schema && readSchema('schema', schema) },
            conditionOn(version),
        )

    it('are got as they were put, also after a restart', async () => {
        const { record, isNew } = await put('unit', { value: '°C', list: [1, null, false] })
        assert.deepEqual([record.version, isNew, record.updatedAt], [1, true, clock.now()])
        await store.close()
        await open()
        assert.deepEqual(await records.get('settings', 'unit'), record)
        assert.deepEqual((await put('unit', 7)).record.version, 2)
        assert.equal((await put('unit', null)).record.value, null)
        await assert.rejects(records.get('other', 'unit'), { status: 404, code: 'NOT_FOUND' })
    })

    it('are replaced by one of those who have read the same version, however many try at once', async () => {
        await put('counter', 0)
        const tries = await Promise.allSettled(Array.from({ length: 50 }, (_, i) => put('counter', i, 1)))
        assert.equal(tries.filter(({ status }) => status === 'fulfilled').length, 1)
        for (const one of tries)
            if (one.status === 'rejected')
                assert.deepEqual([one.reason.code, one.reason.status, one.reason.details.version], ['OTHER_VERSION', 412, 2])
    })

    it('lose no update of many who read, change and put in any order', async () => {
        await put('counter', 0)
        const chance = random(13)
        let done = 0
        const client = async () => {
            for (let i = 0; i < 20; i++) {
                const { version, value } = await records.get('settings', 'counter')
                if (chance() < 0.3) await new Promise((resolve) => setImmediate(resolve))
                await put('counter', Number(value) + 1, version).then(
                    () => done++,
                    ({ code }) => assert.equal(code, 'OTHER_VERSION'),
                )
            }
        }
        await Promise.all(Array.from({ length: 8 }, client))
        const { value, version } = await records.get('settings', 'counter')
        assert.deepEqual([value, version], [done, done + 1])
        assert.ok(done >= 20)
    })

    it('are only added, only replaced or only deleted, where that is asked for', async () => {
        const any = { match: 'any' } as const
        const document = { collection: 'settings', key: 'a', value: 1, field: 'value', schema: undefined }
        await assert.rejects(records.put(document, any), { code: 'OTHER_VERSION' })
        await put('a', 1, 0)
        await assert.rejects(put('a', 2, 0), { code: 'OTHER_VERSION' })
        await assert.rejects(put('a', 2, 2), { code: 'OTHER_VERSION' })
        await assert.rejects(records.remove('settings', 'a', conditionOn(7)), { code: 'OTHER_VERSION' })
        assert.equal((await records.remove('settings', 'a', conditionOn(1))).value, 1)
        await assert.rejects(records.remove('settings', 'a', {}), { code: 'NOT_FOUND' })
        await assert.rejects(records.remove('settings', 'a', any), { code: 'OTHER_VERSION' })
    })

    it('count on when they are put anew, so that no old version is taken for the new one', async () => {
        await put('a', 'first')
        await records.remove('settings', 'a', {})
        assert.deepEqual((await put('a', 'second')).record.version, 3)
        await assert.rejects(put('a', 'third', 1), { code: 'OTHER_VERSION' })
        const versions = await records.versions('settings', 'a')
        assert.deepEqual(
            versions.map(({ version, value }) => [version, value]),
            [
                [3, 'second'],
                [2, undefined],
                [1, 'first'],
            ],
        )
    })

    it('keep their last 20 versions, and are forgotten 90 days after they were deleted', async () => {
        for (let i = 1; i <= 25; i++) await put('a', i)
        const versions = (await records.versions('settings', 'a')).map(({ version }) => version)
        assert.deepEqual([versions.length, versions[0], versions.at(-1)], [20, 25, 6])
        await records.remove('settings', 'a', {})
        await store.close()
        clock.advance(91 * 86_400_000)
        await open()
        await eventually(async () => (await store.records.versions('settings', 'a', 1)).length === 0)
    })

    it('are listed by key, page by page', async () => {
        for (const key of ['c', 'a', 'b', '__proto__', 'constructor']) await put(key, key)
        await put('gone', 1)
        await records.remove('settings', 'gone', {})
        const first = await records.list('settings', 2)
        const second = await records.list('settings', 10, first.next)
        assert.equal(second.next, undefined)
        const all = [...first.records, ...second.records]
        assert.deepEqual(all.map(({ key, value }) => [key === value, key]).sort(), [
            [true, '__proto__'],
            [true, 'a'],
            [true, 'b'],
            [true, 'c'],
            [true, 'constructor'],
        ])
        assert.deepEqual(await records.list('__proto__', 10), { records: [] })
    })

    it('are refused with the path if they are wrong, or too large', async () => {
        const schema = {
            type: 'object',
            required: ['value'],
            additionalProperties: false,
            properties: { value: { type: 'number', maximum: 100 } },
        }
        const wrong = async (value: unknown) => {
            const { status, code, details } = await put('a', value, undefined, schema).then(
                () => assert.fail('it was taken'),
                (error) => error,
            )
            assert.deepEqual([status, code], [422, 'BAD_DOCUMENT'])
            return details.errors.map(({ path }: { path: string }) => path)
        }
        assert.deepEqual(await wrong({ value: 101 }), ['value.value'])
        assert.deepEqual(await wrong({ other: 1 }), ['value.value', 'value.other'])
        assert.deepEqual(await wrong(JSON.parse('{"__proto__": 1, "value": 1}')), ['value.__proto__'])
        assert.deepEqual(await wrong('text'), ['value'])
        await assert.rejects(put('a', 'x'.repeat(1_048_577)), { status: 413, code: 'TOO_LARGE' })
        await assert.rejects(put('a', undefined), { status: 422, code: 'BAD_INPUT' })
        assert.equal((await put('a', { value: 100 }, undefined, schema)).record.version, 1)
    })

    it('are listed as far as they fit: a list of large ones has fewer, and says where to go on', async () => {
        for (let i = 0; i < 6; i++) await put(`large ${i}`, 'x'.repeat(1_000_000))
        const first = await records.list('settings', 1000)
        assert.deepEqual([first.records.length, first.next], [4, 'large 3'])
        const second = await records.list('settings', 1000, first.next)
        assert.deepEqual([second.records.length, second.next], [2, undefined])
    })

    it('have their latest versions told, as far as they fit into an answer', async () => {
        for (let i = 0; i < 6; i++) await put('large', `${i}`.repeat(1_000_000))
        assert.deepEqual(
            (await records.versions('settings', 'large')).map(({ version, value }) => [version, String(value)[0]]),
            [6, 5, 4, 3].map((version) => [version, `${version - 1}`]),
        )
    })

    describe('of a store that may have few', () => {
        const limits = { records: { rows: 4, bytes: 1000 }, versions: { rows: 10, bytes: 2000 }, deleted: 3 }
        beforeEach(async () => {
            const limited = { migrations: recordStore.migrations, open: (context: ModuleContext) => openRecords(context, limits) }
            const small = openDatabase({ ...bench.place(bench.file('small')), clock, log: () => {} }, { records: limited })
            await small.ready(soon())
            records = new Records({ repository: small.records, clock })
            closing = () => small.close()
        })
        afterEach(() => closing())
        let closing: () => Promise<void>
        const rows = async (query: string) => Number((await bench.ask(query, bench.file('small')))[0]!.count)

        it('are refused beyond their number and their bytes, until some are deleted', async () => {
            for (const key of ['a', 'b', 'c', 'd']) await put(key, key)
            await assert.rejects(put('e', 'e'), { status: 503, code: 'FULL' })
            await assert.rejects(put('a', 'x'.repeat(1000)), { status: 503, code: 'FULL' })
            assert.equal((await records.get('settings', 'a')).value, 'a')
            await put('a', 'x'.repeat(500))
            await assert.rejects(put('b', 'x'.repeat(500)), { status: 503, code: 'FULL' })
            await records.remove('settings', 'a', {})
            await put('b', 'x'.repeat(500))
            await put('e', 'e')
        })

        it('keep the latest versions that fit, of all collections together', async () => {
            for (let i = 0; i < 30; i++) {
                clock.advance(1)
                for (const key of ['a', 'b']) await put(key, `${i}`.padStart(100, 'x'))
            }
            const count = 'select count(*) as count from record_versions'
            await eventually(async () => (await rows(count)) <= 11)
            const versions = (await records.versions('settings', 'a')).map(({ value }) => Number(String(value).replaceAll('x', '')))
            assert.deepEqual(
                versions,
                versions.map((_, i) => 29 - i),
            )
            assert.ok(versions.length >= 3)
        })

        it('are forgotten where many were deleted after them', async () => {
            for (let i = 0; i < 30; i++) {
                clock.advance(1)
                await put(`${i}`, i)
                await records.remove('settings', `${i}`, {})
            }
            await eventually(async () => (await rows('select count(*) as count from records')) <= 4)
            await assert.rejects(records.versions('settings', '0'), { code: 'NOT_FOUND' })
            assert.equal((await records.versions('settings', '29')).length, 2)
        })
    })

    it('take over what the catalogue of commands has kept in a table of its own', async () => {
        const all = Object.entries(storeModules({ retentionDays: 0 })).map(([name, { migrations }]) => {
            const steps = Object.entries(migrations).filter(([step]) => step < '0041')
            return [name, { migrations: Object.fromEntries(steps), open: () => undefined }]
        })
        const old = openDatabase({ ...bench.place(bench.file('old')), clock, log: () => {} }, Object.fromEntries(all))
        await old.ready(soon())
        await old.close()
        await bench.ask(`insert into command_catalogue values ('acme', 'led', 4, '{"on":{"params":{}}}')`, bench.file('old'))
        const { commands } = bench.open(bench.file('old'), { clock })
        const kept = { account: 'acme', component: 'led', version: 4, commands: { on: { params: {} } } }
        assert.deepEqual(await commands.catalogue.list('acme'), [kept])
    })
})

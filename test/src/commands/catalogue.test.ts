import assert from 'node:assert/strict'
import { checkCommand, readRules } from '../../../src/commands/catalogue.ts'
import { workbench } from '../store/open.ts'

const rules = {
    'LED.v1.0': { params: { LED: { type: 'integer', min: 0, max: 1 } } },
    'set.v1.0': {
        params: {
            target: { type: 'number', min: -10, max: 30 },
            mode: { type: 'text', values: ['heat', 'cool'], optional: true },
            note: { type: 'text', maxLength: 5, optional: true },
            hold: { type: 'boolean', optional: true },
        },
    },
}

describe('the catalogue of commands', () => {
    const component = { account: '', component: 'c1', version: 1, commands: readRules('commands', rules) }
    const params = (given: object) => Object.entries(given).map(([name, value]) => ({ name, value }))
    const check = (command: string, given: object) => checkCommand(component, 'c1', command, params(given))
    const faults = (run: () => void): string[] => {
        try {
            run()
        } catch (error) {
            const { code, status, details } = error as { code: string; status: number; details: { errors: { path: string }[] } }
            assert.deepEqual([code, status], ['BAD_COMMAND', 422])
            return details.errors.map(({ path }) => path)
        }
        return []
    }

    it('lets pass what a component can be told, with numbers as numbers or as text', () => {
        for (const LED of [0, 1, '0', '1']) check('LED.v1.0', { LED })
        for (const target of [-10, 30, '21.5', 0]) check('set.v1.0', { target })
        check('set.v1.0', { target: 20, mode: 'heat', note: 'short', hold: 'true' })
    })

    it('tells all that is wrong', () => {
        for (const LED of [2, -1, '0.5', 'on', '', ' 1', true, null, Number.NaN, [1]])
            assert.deepEqual(
                faults(() => check('LED.v1.0', { LED })),
                ['params[0].value'],
                String(LED),
            )
        assert.deepEqual(
            faults(() => check('LED.v1.0', {})),
            ['params'],
        )
        const wrong = { target: 31, mode: 'off', note: 'too long', hold: 'perhaps', more: 1 }
        assert.deepEqual(
            faults(() => check('set.v1.0', wrong)),
            ['params[0].value', 'params[1].value', 'params[2].value', 'params[3].value', 'params[4].name'],
        )
        for (const hold of [['1'], [['true']], {}, JSON.parse('{"toString":1}'), null])
            assert.deepEqual(
                faults(() => check('set.v1.0', { target: 20, mode: hold, hold })),
                ['params[1].value', 'params[2].value'],
            )
        const twice = [...params({ LED: 1 }), ...params({ LED: 0 })]
        assert.deepEqual(
            faults(() => checkCommand(component, 'c1', 'LED.v1.0', twice)),
            ['params'],
        )
        for (const name of ['LED.v2.0', '__proto__', 'toString'])
            assert.deepEqual(
                faults(() => check(name, {})),
                ['command'],
            )
        assert.deepEqual(
            faults(() => checkCommand(undefined, 'c2', 'LED.v1.0', [])),
            ['componentId'],
        )
    })

    it('takes no rules that it does not understand', () => {
        const wrong = [
            null,
            [],
            'LED',
            { x: 'LED' },
            { x: { params: [] } },
            { x: { parms: { a: { type: 'text' } } } },
            { x: { params: { a: {} } } },
            { x: { params: { a: { type: 'colour' } } } },
            { x: { params: { a: { type: 'number', min: '1' } } } },
            { x: { params: { a: { type: 'number', least: 1 } } } },
            { x: { params: { a: { type: 'text', values: [] } } } },
            { x: { params: { a: { type: 'text', values: [{}] } } } },
            JSON.parse('{"__proto__": {"params": {}}}'),
        ]
        for (const given of wrong) assert.throws(() => readRules('commands', given), { code: 'BAD_INPUT' }, JSON.stringify(given))
        assert.deepEqual(readRules('commands', { x: {} }), { x: { params: {} } })
    })

    it('is kept, an account’s own before that of all', async () => {
        const bench = workbench()
        const { catalogue } = bench.open(bench.file()).commands
        const commands = readRules('commands', rules)
        const put = (account: string, version?: number) => catalogue.put({ account, component: 'c1', commands }, version, 1000)
        assert.equal(await catalogue.get('acme', 'c1'), undefined)
        assert.deepEqual(await put(''), { component: { account: '', component: 'c1', version: 1, commands }, isNew: true })
        assert.equal((await put('acme', 1)).component, undefined)
        assert.equal((await put('acme', 0)).component!.version, 1)
        assert.equal((await put('acme', 1)).component!.version, 2)
        assert.deepEqual((await catalogue.get('acme', 'c1'))!.account, 'acme')
        assert.deepEqual((await catalogue.get('other', 'c1'))!.account, '')
        assert.equal((await catalogue.list('acme')).length, 2)
        assert.equal((await catalogue.list('other')).length, 1)
        assert.deepEqual([await catalogue.remove('acme', 'c1', 2000), await catalogue.remove('acme', 'c1', 2000)], [true, false])
        await bench.clear()
    })

    it('is read as a whole only if it is not too large for that', async () => {
        const bench = workbench()
        const { catalogue } = bench.open(bench.file()).commands
        const commands = { on: { params: { note: { type: 'text', values: ['x'.repeat(1_000_000)] } } } } as const
        for (let i = 0; i < 9; i++) await catalogue.put({ account: 'acme', component: `c${i}`, commands } as never, 0, 1000)
        await assert.rejects(catalogue.list('acme'), { status: 413, code: 'TOO_LARGE' })
        assert.equal((await catalogue.get('acme', 'c8'))!.version, 1)
        await catalogue.remove('acme', 'c8', 2000)
        assert.equal((await catalogue.list('acme')).length, 8)
        await bench.clear()
    })
})

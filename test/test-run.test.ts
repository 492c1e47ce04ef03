import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** Runs test files with scripts/test.ts in a folder of their own, so that nothing of this run's coverage is touched. @returns the output */
function run(folder: string, files: Record<string, string>, more: Record<string, string> = {}): string {
    for (const [name, code] of Object.entries(files)) writeFileSync(join(folder, name), code)
    const args = ['scripts/test.ts', ...Object.keys(files)]
    return spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', env: { ...process.env, NODE_V8_COVERAGE: '', ...more } })
        .stdout
}

describe('a run of the tests', () => {
    let folder: string

    before(() => {
        folder = mkdtempSync(join(tmpdir(), 'socketworks-run-'))
        writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
        for (const name of ['node_modules', 'scripts']) symlinkSync(resolve(name), join(folder, name), 'dir')
    })
    after(() => rmSync(folder, { recursive: true, force: true }))

    it('ends with what failed, test, hook and process alike, and then the totals', () => {
        const output = run(folder, {
            'wrong.test.ts': `import assert from 'node:assert/strict'
                describe('sums', () => {
                    it('hold', () => {})
                    it('do not hold', () => assert.equal(1 + 1, 3))
                })
                describe('logs', () => { it('are long', () => { throw new Error(Array.from({ length: 99 }, (_, i) => 'line ' + i).join('\\n')) }) })`,
            'hook.test.ts': `describe('a server', () => {
                before(() => { throw new Error('no port') })
                it('answers', () => {})
            })`,
            'broken.test.ts': `throw new Error('not to be loaded')`,
        })
        const end = output.slice(output.indexOf('FAILED: '))
        assert.match(
            end,
            /^FAILED: wrong\.test\.ts: sums do not hold\n.*Expected values to be strictly equal:[^F]+2 !== 3\n.* at .*wrong\.test\.ts/m,
        )
        assert.match(end, /^FAILED: wrong\.test\.ts: logs are long\n {4}line 0\n[^F]+ {4}line 7\n {4}…\n {4}at /m)
        assert.match(end, /^FAILED: hook\.test\.ts: a server "before all" hook [^\n]*\n {4}no port\n {4}at /m)
        assert.match(end, /^FAILED: broken\.test\.ts ended with 1\n[^F]+not to be loaded/m)
        assert.match(end, /\n1 passed, 4 failed\n$/)
        assert.ok(end.split('\n').length < 50)
    })

    it('fails where a test leaves something open that keeps its process alive', () => {
        const output = run(folder, { 'open.test.ts': `it('passes', () => { setInterval(() => {}, 1000) })` }, { SOCKETWORKS_LINGER: '500' })
        const end = output.slice(output.indexOf('FAILED: '))
        assert.match(
            end,
            /^FAILED: open\.test\.ts ended with 1\n[^F]*something they have left open keeps the process alive[^F]*Timeout[^F]*\n1 passed, 1 failed\n$/,
        )
    })

    it('names each of very many failures in two lines', () => {
        const output = run(folder, {
            'many.test.ts': `for (let i = 0; i < 30; i++) it('number ' + i, () => { throw new Error('first\\nsecond') })`,
        })
        const end = output.slice(output.indexOf('FAILED: ')).split('\n')
        assert.deepEqual(end.slice(0, 3), ['FAILED: many.test.ts: number 0', '    first', 'FAILED: many.test.ts: number 1'])
        assert.deepEqual(end.slice(-4), ['FAILED: many.test.ts: number 29', '    first', '0 passed, 30 failed', ''])
    })
})

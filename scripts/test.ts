// npm test: lint, types, build, tests, coverage; whatever fails, the rest still runs, and the last line is the total.
// --quick: only the tests of src/ and nodes/, without the checks around them.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { floorFell } from './floor.ts'
import { toolsEnv } from './tools.ts'

const quick = process.argv.includes('--quick')
const only = process.argv.slice(2).filter((arg) => !arg.startsWith('--'))
const tally = 'coverage/tally.json'
/** What a reader of a failing run wants to see first comes first; the slow ones come last. */
const order = ['test/contract.test.ts', 'test/src/', 'test/nodes/', 'test/simulators/', 'test/']

const failures: string[] = []
const tests = quick || only.length ? runTests({}) : everything()
for (const failure of failures) console.error(`FAILED: ${failure}`)
process.exitCode = failures.length || tests.failures ? 1 : 0
console.log(`${tests.passes} passed, ${tests.failures + failures.length} failed`)

function everything() {
    check('lint and format', [
        'node_modules/@biomejs/biome/bin/biome',
        'ci',
        '--error-on-warnings',
        ...(process.stdout.isTTY ? [] : ['--colors=off']),
    ])
    check('types', ['scripts/build.mjs', '--check'])
    check('build', ['scripts/build.mjs'])
    const env = tools()
    const totals = runTests({ ...env, NODE_V8_COVERAGE: 'coverage/tmp' })
    check('coverage', ['node_modules/c8/bin/c8.js', 'report'])
    failures.push(...floorFell())
    return totals
}

function tools(): Record<string, string> {
    try {
        return toolsEnv()
    } catch (error) {
        failures.push((error as Error).message)
        return {}
    }
}

/** Mocha's own exit code counts as a failure of its own only if its totals do not account for it: a crash, or an end that did not come. */
function runTests(env: Record<string, string>): { passes: number; failures: number } {
    rmSync('coverage', { recursive: true, force: true })
    mkdirSync('coverage')
    const mocha = ['node_modules/mocha/bin/mocha.js', '--reporter', 'scripts/reporter.mjs', '--forbid-only', '--forbid-pending']
    const status = run([...mocha, ...files()], { ...env, SOCKETWORKS_TALLY: tally })
    const totals = read()
    if (status !== 0 && !totals.failures) failures.push(`the tests ended with code ${status}`)
    return totals
}

function files(): string[] {
    if (only.length) return only
    const all = readdirSync('test', { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.test.ts'))
        .map((name) => `test/${name.replaceAll('\\', '/')}`)
        .filter((name) => !quick || /^test\/(src|nodes)\//.test(name))
    const rank = (name: string) => order.findIndex((start) => name.startsWith(start))
    return all.sort((a, b) => rank(a) - rank(b) || a.localeCompare(b))
}

function read(): { passes: number; failures: number } {
    try {
        return JSON.parse(readFileSync(tally, 'utf8'))
    } catch {
        return { passes: 0, failures: 0 }
    }
}

function check(name: string, args: string[]): void {
    console.log(`\n— ${name}`)
    if (run(args, {}) !== 0) failures.push(name)
}

function run(args: string[], env: Record<string, string>): number {
    return spawnSync(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...env } }).status ?? 1
}

// npm test: lint, types, build, tests, coverage; whatever fails, the rest still runs, and the last line is the total.
// --quick: only the tests of src/ and nodes/, without the checks around them.
import { spawnSync } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import { floorFell } from './floor.ts'
import { processes, runMocha, type Totals } from './mocha.ts'
import { toolsEnv } from './tools.ts'

const quick = process.argv.includes('--quick')
const only = process.argv.slice(2).filter((arg) => !arg.startsWith('--'))

const failures: string[] = []
const tests = quick || only.length ? await runTests({}) : await everything()
for (const failure of failures) console.error(`FAILED: ${failure}`)
process.exitCode = failures.length || tests.failures ? 1 : 0
console.log(`${tests.passes} passed, ${tests.failures + failures.length} failed`)

async function everything(): Promise<Totals> {
    check('lint and format', [
        'node_modules/@biomejs/biome/bin/biome',
        'ci',
        '--error-on-warnings',
        ...(process.stdout.isTTY ? [] : ['--colors=off']),
    ])
    check('types', ['scripts/build.mjs', '--check'])
    check('build', ['scripts/build.mjs'])
    const env = tools()
    const totals = await runTests({ ...env, NODE_V8_COVERAGE: 'coverage/tmp' })
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

async function runTests(env: Record<string, string>): Promise<Totals> {
    rmSync('coverage', { recursive: true, force: true })
    const totals = await runMocha(processes(files()), env)
    failures.push(...totals.troubles)
    return totals
}

function files(): string[] {
    if (only.length) return only
    const all = readdirSync('test', { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.test.ts'))
        .map((name) => `test/${name.replaceAll('\\', '/')}`)
        .filter((name) => !quick || /^test\/(src|nodes)\//.test(name))
    return all.sort()
}

function check(name: string, args: string[]): void {
    console.log(`\n— ${name}`)
    if (run(args, {}) !== 0) failures.push(name)
}

function run(args: string[], env: Record<string, string>): number {
    return spawnSync(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...env } }).status ?? 1
}

// npm test: lint, types, build, tests, coverage; whatever fails, the rest still runs. The end is what failed, and the last line the total.
// --quick: only the tests of src/ and nodes/, without the checks around them.
import { spawnSync } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import { lastLines, listOfFailures } from './failures.ts'
import { floorFell } from './floor.ts'
import { costliest, type Group, processes, runMocha, type Totals } from './mocha.ts'
import { startPostgres } from './postgres.ts'
import { processorTime } from './processor-time.ts'
import { toolsEnv } from './tools.ts'

const quick = process.argv.includes('--quick')
const only = process.argv.slice(2).filter((arg) => !arg.startsWith('--'))

/** What is tried on PostgreSQL as well: whatever keeps something, and each of the large examples. */
const alsoOnPostgres = [
    /^test\/src\/[\w-]+\/store\.test/,
    /^test\/src\/callback\/(callbacks|interrupted)\./,
    /^test\/src\/commands\/(catalogue|commands|commands\.random|restart)\./,
    /^test\/src\/fleet\/(fleet|history|replicas|sequence-columns)\./,
    /^test\/src\/peers\/(outbox|outbox-accounts|recipient-queue)\./,
    /^test\/src\/jobs\/(control|jobs|jobs\.random|keys|kill|messages|repeating)\./,
    /^test\/src\/power\/(energy-kill|energy-report|rollups)\./,
    /^test\/src\/store\/(devices|group-commit|limits|repositories|retention)\./,
    /^test\/src\/tasks\/(before|clocks|races|worker)\./,
    /^test\/examples\/(brewery|gateway|observer|robot-jobs|service|service-waits)\./,
]

const failures: string[] = []
const tests = quick || only.length ? await runTests({}) : await everything()
const minutes = (ms: number) => (ms / 60_000).toFixed(1)
console.log(`\n— ${minutes(performance.now())} minutes, ${minutes(processorTime())} of processors`)
process.stdout.write(`\n${listOfFailures([...failures, ...tests.failed])}`)
process.exitCode = failures.length || tests.failures ? 1 : 0
console.log(`${tests.passes} passed, ${tests.failures + failures.length} failed`)

async function everything(): Promise<Totals> {
    check('lint and format', [
        'node_modules/@biomejs/biome/bin/biome',
        'ci',
        '--error-on-warnings',
        `--colors=${process.stdout.isTTY ? 'force' : 'off'}`,
    ])
    // To build is to check the types of all but the tests.
    check('build', ['scripts/build.mjs'])
    check('types of the tests', ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.test.json'])
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
    const all = files()
    const again = only.length ? [] : onPostgres(all.filter((file) => alsoOnPostgres.some((one) => one.test(file))))
    const server = again.length ? await startPostgres() : undefined
    try {
        const given = server && { SOCKETWORKS_TEST_POSTGRES: server.url }
        const totals = await runMocha([...again, ...processes(all)], { env: { ...env, ...given } })
        if (!only.length) console.log(`\n— files that took most processor time, and how long they took\n${costliest(totals)}`)
        failures.push(...totals.troubles)
        return totals
    } finally {
        await server?.stop()
    }
}

function onPostgres(files: string[]): Group[] {
    return processes(files).map((group) => ({ ...group, env: { SOCKETWORKS_TEST_STORE: 'postgres' } }))
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
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1e8 })
    process.stdout.write(stdout + stderr)
    if (status !== 0) failures.push(`${name}\n${lastLines(stdout + stderr)}`)
}

// npm run attack: does to the example flows what brought them down once, on this machine alone, and prints what held.
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { listOfFailures } from './failures.ts'
import { runMocha } from './mocha.ts'

const only = process.argv.slice(2)
const { status } = spawnSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' })
if (status !== 0) process.exit(1)
const files = only.length ? only : globSync('test/attack/*.attack.ts').sort()
const totals = await runMocha(
    files.map((file) => ({ files: [file] })),
    // Some of them measure how soon Node-RED answers.
    { flags: ['--timeout', '120000'], sideBySide: Math.min(availableParallelism(), 4) },
)
process.stdout.write(`\n${listOfFailures([...totals.troubles, ...totals.failed])}`)
const failed = totals.failures + totals.troubles.length
console.log(`${totals.passes} held, ${failed} did not`)
process.exitCode = failed ? 1 : 0

// npm run attack: does to the example flows what brought them down once, on this machine alone, and prints what held.
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { runMocha } from './mocha.ts'

const only = process.argv.slice(2)
const { status } = spawnSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' })
if (status !== 0) process.exit(1)
const files = only.length ? only : globSync('test/attack/*.attack.ts').sort()
const totals = await runMocha(
    files.map((file) => ({ files: [file] })),
    {},
    ['--timeout', '120000'],
)
for (const trouble of totals.troubles) console.error(`FAILED: ${trouble}`)
const failed = totals.failures + totals.troubles.length
console.log(`${totals.passes} held, ${failed} did not`)
process.exitCode = failed ? 1 : 0

// Opens a store, as a user without rights even where root runs the tests, and prints how it is as often as that changes.
import { chownSync, readdirSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { systemClock } from '../../../../src/lib/index.ts'
import { openStore } from '../../../../src/stores.ts'

const NOBODY = 65_534
const file = process.argv[2]!
if (process.getuid?.() === 0) {
    const folder = dirname(file)
    for (const path of [folder, ...readdirSync(folder).map((name) => join(folder, name))]) chownSync(path, NOBODY, NOBODY)
    process.setgroups?.([])
    process.setgid?.(NOBODY)
    process.setuid?.(NOBODY)
}
const store = openStore({ file, retentionDays: 0, clock: systemClock, log: () => {} })
store.onHealth((health) => writeSync(1, `${JSON.stringify(health)}\n`), new AbortController().signal)
process.stdin.resume().on('end', () => store.close())

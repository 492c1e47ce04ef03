// Keeps something on a server, says so, and then holds the database until it is killed.
import { systemClock } from '../../../../src/lib/index.ts'
import { openStore } from '../../../../src/stores.ts'

const store = openStore({ file: '', url: process.argv[2]!, retentionDays: 0, clock: systemClock, log: () => {} })
store.onHealth((health) => process.send!(health), new AbortController().signal)
await store.ready(AbortSignal.timeout(20_000))
for (let n = 0; ; n++) {
    await store.states.put('n', n)
    process.send!(n)
}

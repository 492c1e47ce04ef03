// Writes to a store as fast as it takes it and prints the id of each write that was acknowledged, until it is killed.
import { writeSync } from 'node:fs'
import { systemClock } from '../../../../src/lib/index.ts'
import { openStore } from '../../../../src/stores.ts'
import { instance } from '../open.ts'

const store = openStore({ file: process.argv[2]!, retentionDays: 0, clock: systemClock, log: () => {} })
await store.ready(AbortSignal.timeout(30_000))
for (let round = 0; ; round++) {
    const ids = Array.from({ length: 20 }, (_, i) => `${process.argv[3]}-${round}-${i}`)
    await Promise.all(
        ids.map(async (id) => {
            await store.power.commit('s1', { started: instance(id), events: [{ at: round, kind: 'on', owner: id }] })
            writeSync(1, `${id}\n`)
        }),
    )
}

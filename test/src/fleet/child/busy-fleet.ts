// Takes updates of a fleet on a file as fast as it can, and says which were acknowledged, until it is killed.
import { writeSync } from 'node:fs'
import { Fleet } from '../../../../src/fleet/fleet.ts'
import { systemClock } from '../../../../src/lib/index.ts'
import { openStore } from '../../../../src/stores.ts'
import { makeBus } from '../../../support/bus.ts'

const [file, round] = process.argv.slice(2)
const store = openStore({ file: file!, retentionDays: 0, clock: systemClock, log: () => {} })
const fleet = new Fleet({ bus: makeBus(), name: 'devices', repository: store.devices, clock: systemClock, log: () => {} })
await fleet.load()
writeSync(1, 'ready\n')
for (let step = 1; ; step++)
    await Promise.all(
        Array.from({ length: 50 }, async (_, i) => {
            const count = Number(round) * 1_000_000 + step
            await fleet.update(`d${i}`, { count, [`p${step % 7}`]: count }, { register: true, history: true })
            writeSync(1, `d${i} ${count} p${step % 7}\n`)
        }),
    )

import type { StoreModule } from '../../store/index.ts'
import type { PowerRepository } from '../repository.ts'
import type { Usage } from '../usage.ts'
import { type RollupDays, removeFinestRollups, removeOldRollups } from './kept-rollups.ts'
import { powerRepository } from './repository.ts'
import { removeOld, removeOldest } from './retention.ts'
import { Samples } from './samples.ts'
import { type PowerTables, powerSteps } from './tables.ts'
import { type PowerLimits, trimPower } from './trim.ts'
import { usageIn } from './usage.ts'

const DAY = 86_400_000
/** Instances that may start before it is looked at how many there are. */
const MANY = 10_000

export interface PowerStoreOptions {
    /** Days that samples are kept; 0 means for ever. */
    retentionDays: number
    /** Days that what was used is kept by the minute, by quarters of an hour and by the hour; 0 means for ever, as by default. */
    rollupDays?: RollupDays
    /** How much is kept of what sockets did. */
    limits?: PowerLimits | undefined
}

/** Unless told otherwise. */
const LIMITS: PowerLimits = { instanceDays: 0, mostInstances: 100_000 }

/** Keeps sockets, their instances, readings and the times of power on and off. */
export const powerStore = ({
    retentionDays,
    rollupDays = [0],
    limits = LIMITS,
}: PowerStoreOptions): StoreModule<PowerRepository & { usage: Usage }> => ({
    migrations: powerSteps,
    open({ access, sweep, onShortage }) {
        const tables = access<PowerTables>()
        const samples = new Samples(tables)
        const isHeld = () => samples.isHeld
        const trim = sweep({ what: 'old instances', run: (now, ending) => trimPower(tables, limits, now, ending) })
        if (retentionDays > 0)
            sweep({ what: 'old samples', run: (now, ending) => removeOld(tables, now - retentionDays * DAY, isHeld, ending) })
        sweep({ what: 'old rollups', run: (now, ending) => removeOldRollups(tables, rollupDays, now, ending) })
        onShortage(async (before) => !samples.isHeld && (await removeOldest(tables, before)))
        onShortage((before) => removeFinestRollups(tables, before))
        let starts = 0
        // There may be too many long before an hour is over.
        const started = () => {
            if (++starts % MANY === 0) trim()
        }
        return { ...powerRepository(tables, samples, started), usage: usageIn(tables) }
    },
})

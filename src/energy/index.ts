export { BUCKETS, type Bucket, bordersOf, LENGTHS } from './calendar.ts'
export { alignedLevel, cover, type Piece } from './cover.ts'
export { EnergyMeter } from './meter.ts'
export type { Quality } from './metering.ts'
export { type Booked, booked, LEVELS, type Rollup, rollupsOf } from './rollups.ts'
export {
    type KeptMeter,
    MOST_WEIGHT,
    type Newest,
    nothingShared,
    type RunEnergy,
    type Sharing,
    type SocketMeter,
    type StopReason,
    type Summary,
    settled,
    summaryOf,
} from './shares.ts'
export { addTo, digits, emptyTally, type Figures, figuresOf, Powers, type Tally } from './tally.ts'
export { type Tariff, tariffOf } from './tariff.ts'

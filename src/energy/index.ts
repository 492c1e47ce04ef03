export { EnergyMeter } from './meter.ts'
export type { Quality } from './metering.ts'
export { type Booked, booked, LEVELS, type Rollup, rollupsOf } from './rollups.ts'
export {
    type KeptMeter,
    MOST_WEIGHT,
    type Newest,
    type RunEnergy,
    type Sharing,
    type SocketMeter,
    type StopReason,
    type Summary,
    summaryOf,
} from './shares.ts'
export { type Tariff, tariffOf } from './tariff.ts'

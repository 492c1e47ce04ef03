import type { Figures } from '../energy/index.ts'
import type { Grouping } from './report-query.ts'

/** A socket that is reported of. */
export interface Reported {
    id: string
    name: string
    /** Of a kWh, as of now; undefined or null without a price. */
    view?: { price?: number | null }
}

export type Percentiles = Record<'p5W' | 'p50W' | 'p95W', number | null>

/** A part of the time of a report, in ISO 8601. */
export type ReportBucket = { from: string; to: string } & Figures

/** What one socket, one instance or one owner has used. */
export interface ReportGroup extends Partial<Figures>, Partial<Percentiles> {
    socket?: string | null
    /** Null for what was used while nobody ran. */
    instanceId?: string | null
    owner?: string
    /** How many, of an owner. */
    instances?: number
    /** When an instance started and stopped; null while it runs. */
    from?: string
    to?: string | null
    buckets?: ReportBucket[]
}

export interface EnergyReport {
    from: string
    to: string
    timeZone: string
    sockets: string[]
    total: Figures & Partial<Percentiles>
    /** Seconds of the coarsest rows that it is made of. */
    resolution: number
    bucket?: string
    buckets?: ReportBucket[]
    by?: Grouping
    groups?: ReportGroup[]
}

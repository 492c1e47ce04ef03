import { addTo, digits, emptyTally, type Figures, figuresOf, Powers, type Tally } from '../energy/index.ts'
import type { Clock } from '../lib/index.ts'
import type { EnergyReport, Percentiles, Reported, ReportGroup } from './energy-figures.ts'
import { finePowers } from './fine-powers.ts'
import { hasCost, InstanceShares, NOBODY } from './instance-shares.ts'
import { notFound, tooManyReads } from './refusals.ts'
import { checkTime, type Grouping, type Parts, partsOf, type ReportInput, type ReportQuery, timeOf } from './report-query.ts'
import type { InstanceRow, PowerRepository } from './repository.ts'
import { type Tallies, tallies } from './tallies.ts'
import type { Usage } from './usage.ts'

const MINUTE = 60_000
/** Reports that are made at a time, and those that may wait for their turn. */
const [AT_ONCE, MOST_WAITING] = [4, 100]

/** Tells what sockets, instances and owners have used in a time. */
export class EnergyReports {
    readonly #power: PowerRepository & { usage: Usage }
    readonly #clock: Clock
    #running = 0
    readonly #waiting: (() => void)[] = []

    constructor(power: PowerRepository & { usage: Usage }, clock: Clock) {
        this.#power = power
        this.#clock = clock
    }

    /**
     * @param name what whoever asks calls an input
     * @throws {@link Refusal} 422 `BAD_INPUT`, 404 `NOT_FOUND`, 429 `TOO_MANY_READS`, 503 `STORE_UNAVAILABLE`
     */
    async report(sockets: readonly Reported[], query: ReportQuery, name: (key: keyof ReportInput) => string): Promise<EnergyReport> {
        await this.#turn()
        try {
            return await this.#made(sockets, query, name)
        } finally {
            const next = this.#waiting.shift()
            if (next) next()
            else this.#running--
        }
    }

    async #turn(): Promise<void> {
        if (this.#running < AT_ONCE) {
            this.#running++
            return
        }
        if (this.#waiting.length >= MOST_WAITING) throw tooManyReads('too many reports are being made')
        await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }

    async #made(sockets: readonly Reported[], query: ReportQuery, name: (key: keyof ReportInput) => string): Promise<EnergyReport> {
        const now = this.#clock.now()
        const instance = query.instanceId === undefined ? undefined : await this.#instance(query.instanceId, sockets)
        const [from, to] = timeOf(query, now, instance)
        checkTime(name('from'), from, to)
        const parts = partsOf(query, [from, to], now, name('bucket'))
        const of = instance ? sockets.filter(({ id }) => id === instance.socket) : sockets
        const made = new Report({ power: this.#power, sockets: of, by: query.by, parts, now })
        return {
            from: iso(from),
            to: iso(to),
            timeZone: query.zone.name,
            sockets: of.map((socket) => socket.name),
            ...(await (instance ? made.ofInstance(instance) : made.ofSockets())),
        }
    }

    async #instance(id: string, sockets: readonly Reported[]): Promise<InstanceRow> {
        const row = await this.#power.instance(id)
        if (!row || !sockets.some((socket) => socket.id === row.socket)) throw notFound(id)
        return row
    }
}

interface ReportOptions {
    power: PowerRepository & { usage: Usage }
    sockets: readonly Reported[]
    by: Grouping | undefined
    parts: Parts
    now: number
}

type Made = Omit<EnergyReport, 'from' | 'to' | 'timeZone' | 'sockets'>

class Report {
    readonly #o: ReportOptions
    readonly #ids: string[]
    readonly #borders: number[]
    readonly #isFine: boolean

    constructor(options: ReportOptions) {
        const { sockets, parts, now } = options
        this.#o = options
        this.#ids = sockets.map(({ id }) => id)
        this.#isFine = parts.bucket === '5s' || parts.bucket === '15s'
        const { borders } = parts
        const end = borders.at(-1)!
        // The minute that is not over holds nothing from later than now.
        const last = end >= now ? Math.max(end, Math.ceil(now / MINUTE) * MINUTE) : end
        this.#borders = [...(this.#isFine ? [borders[0]!] : borders.slice(0, -1)), last]
    }

    async ofSockets(): Promise<Made> {
        const { by, sockets, power, now } = this.#o
        const isEach = by === 'socket'
        const { of, resolution } = await tallies(power.usage, { sockets: this.#ids, borders: this.#borders, isEach, withPowers: true, now })
        const all = isEach ? together([...of.values()]) : of.get('')!
        const total = summed(all.buckets)
        const hasPrice = total.priced > 0 || sockets.some(isPriced)
        const groups = isEach
            ? await Promise.all(sockets.map(async (socket) => this.#group(socket, of.get(socket.id)!, total.priced > 0)))
            : await this.#groups(total)
        return {
            total: withPercentiles(figuresOf(total, hasPrice), all.powers),
            resolution: resolution / 1000,
            ...(await this.#buckets(this.#ids, all.buckets, hasPrice)),
            ...(by && groups && { by, groups }),
        }
    }

    /** @param hasPrice whether any of the energy of all sockets had a price */
    async #group(socket: Reported, { buckets, powers }: Tallies, hasPrice: boolean): Promise<ReportGroup> {
        const total = summed(buckets)
        const hasOwn = isPriced(socket) || (hasPrice && total.energy > 0)
        const figures = withPercentiles(figuresOf(total, hasOwn), powers)
        const { buckets: own } = await this.#buckets([socket.id], buckets, hasOwn)
        return { socket: socket.name, ...figures, ...(own && { buckets: own }) }
    }

    async ofInstance(row: InstanceRow): Promise<Made> {
        const { power, now, by, sockets } = this.#o
        const shares = new InstanceShares(power, sockets, now)
        const { buckets, resolution } = await shares.buckets(row, this.#borders)
        const hasPrice = hasCost(row)
        const total = summed(buckets)
        return {
            total: figuresOf(total, hasPrice),
            resolution: resolution / 1000,
            ...(await this.#buckets(this.#ids, buckets, hasPrice, [row.startedAt, row.stoppedAt ?? Math.max(now, row.startedAt)])),
            ...(by && { by, groups: [shares.group(row, figuresOf(total, hasPrice))] }),
        }
    }

    async #groups(total: Tally): Promise<ReportGroup[] | undefined> {
        const { by, power, sockets, now } = this.#o
        if (by === undefined) return undefined
        const shares = new InstanceShares(power, sockets, now)
        const [from, to] = [this.#borders[0]!, this.#borders.at(-1)!]
        const nobody = total.known > 0 ? digits(total.unshared / 1000, 6) : null
        if (by === 'owner') return shares.byOwner(from, to, nobody)
        const groups = await shares.byInstance(from, to)
        return [...groups, { instanceId: null, owner: NOBODY, socket: null, kWh: nobody }]
    }

    /** @param run of the instance that is asked for */
    async #buckets(
        ids: readonly string[],
        tallies: readonly Tally[],
        hasPrice: boolean,
        run?: readonly [number, number],
    ): Promise<Pick<Made, 'bucket' | 'buckets'>> {
        const { parts, power } = this.#o
        if (parts.bucket === undefined) return {}
        const figures = this.#isFine ? await finePowers(power, ids, parts.borders, run) : tallies.map((tally) => figuresOf(tally, hasPrice))
        const buckets = figures.map((one, i) => ({ from: iso(parts.borders[i]!), to: iso(parts.borders[i + 1]!), ...one }))
        return { bucket: parts.bucket, buckets }
    }
}

/** What a price is set for costs 0 where nothing was used. */
const isPriced = ({ view }: Reported) => (view?.price ?? null) !== null

const iso = (at: number) => new Date(at).toISOString()

function summed(buckets: readonly Tally[]): Tally {
    const total = emptyTally()
    for (const bucket of buckets) addTo(total, bucket)
    return total
}

function together(each: readonly Tallies[]): Tallies {
    const [first] = each
    const buckets = first ? first.buckets.map((_, i) => summed(each.map((one) => one.buckets[i]!))) : []
    const powers = new Powers()
    for (const one of each) powers.addAll(one.powers)
    return { buckets, powers }
}

function withPercentiles({ secondsOn, secondsKnown, quality, ...first }: Figures, powers: Powers): Figures & Percentiles {
    const percentiles = { p5W: powers.percentile(0.05), p50W: powers.percentile(0.5), p95W: powers.percentile(0.95) }
    return { ...first, ...percentiles, secondsOn, secondsKnown, quality }
}

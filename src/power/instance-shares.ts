import { digits, emptyTally, type Figures, figuresOf, type RunEnergy, type SocketMeter, settled, type Tally } from '../energy/index.ts'
import { badInput, identifier, turn } from '../lib/index.ts'
import type { Reported, ReportGroup } from './energy-figures.ts'
import type { InstanceRow, PowerRepository } from './repository.ts'
import { tallies } from './tallies.ts'
import type { Usage } from './usage.ts'

/** What was used while nobody ran, and by instances that were given no owner. */
export const NOBODY = '<nobody>'
const UNKNOWN = '<unknown>'

/** For whom an instance runs. @throws {@link Refusal} 422 `BAD_INPUT` */
export function ownerIn(field: string, value: unknown): string {
    const owner = identifier(field, value)
    if (owner === NOBODY || owner === UNKNOWN) throw badInput(field, `must be another than ${owner}, as reports name what has no owner`)
    return owner
}
/** Instances or owners that one report lists, and instances that are read at once. */
const MOST = 1000

/** Whether it started with a price. */
export const hasCost = ({ energy }: InstanceRow) => (energy?.cost ?? null) !== null

/** Tells what instances have used in a time: those that ran for longer, as much of their share as was used in it. */
export class InstanceShares {
    readonly #power: PowerRepository & { usage: Usage }
    readonly #sockets: readonly Reported[]
    readonly #now: number
    readonly #meters = new Map<string, SocketMeter | undefined>()

    constructor(power: PowerRepository & { usage: Usage }, sockets: readonly Reported[], now: number) {
        this.#power = power
        this.#sockets = sockets
        this.#now = now
    }

    /** What it has used in each bucket. */
    async buckets(row: InstanceRow, borders: readonly number[]): Promise<{ buckets: Tally[]; resolution: number }> {
        const run = this.#run(row)
        const clip = (at: number) => Math.min(Math.max(at, run.from), run.to)
        const own = borders.map(clip)
        const isIn = own.slice(1).map((border, i) => border > own[i]!)
        const query = { sockets: [row.socket], isEach: false, withPowers: false, now: this.#now }
        const inside = [...new Set(own)]
        const { of, resolution } = await tallies(this.#power.usage, { ...query, borders: inside.length > 1 ? inside : [run.from, run.to] })
        const found = of.get('')!.buckets
        const isWhole = inside[0] === run.from && inside.at(-1) === run.to
        const all = isWhole ? found : (await tallies(this.#power.usage, { ...query, borders: [run.from, run.to] })).of.get('')!.buckets
        const share = sharing(all, await this.#account(row))
        const used = found.map((tally, i) => share(tally, (inside[i + 1]! - inside[i]!) / (run.to - run.from)))
        return { buckets: isIn.map((is) => (is ? used.shift()! : emptyTally())), resolution }
    }

    /** Newest first, the latest of them. */
    async byInstance(from: number, to: number): Promise<ReportGroup[]> {
        const rows = (
            await Promise.all(this.#sockets.map(({ id }) => this.#power.instances({ socket: id, from, to: to - 1, limit: MOST })))
        ).flat()
        const groups: ReportGroup[] = []
        for (const row of rows.sort((one, other) => other.startedAt - one.startedAt).slice(0, MOST)) {
            const { buckets } = await this.buckets(row, [from, to])
            groups.push(this.group(row, figuresOf(buckets[0]!, hasCost(row))))
            await turn()
        }
        return groups
    }

    /** Whoever used most first. */
    async byOwner(from: number, to: number, nobody: number | null): Promise<ReportGroup[]> {
        const owners = new Map<string, { owner: string; instances: number; kWh: number | null; cost: number | null; secondsOn: number }>()
        for await (const row of this.#rows(from, to)) {
            const owner = row.owner ?? UNKNOWN
            const sum = owners.get(owner) ?? { owner, instances: 0, kWh: null, cost: null, secondsOn: 0 }
            const { energy, cost } = await this.#within(row, from, to)
            const run = this.#run(row)
            sum.instances++
            if (energy !== null) sum.kWh = (sum.kWh ?? 0) + energy / 1000
            if (cost !== null) sum.cost = (sum.cost ?? 0) + cost
            sum.secondsOn += Math.max(0, Math.min(to, run.to) - Math.max(from, run.from)) / 1000
            owners.set(owner, sum)
        }
        const groups = [...owners.values()].map(({ kWh, cost, secondsOn, ...one }) => ({
            ...one,
            kWh: kWh === null ? null : digits(kWh, 6),
            cost: cost === null ? null : digits(cost, 6),
            secondsOn: digits(secondsOn, 3),
        }))
        return [
            ...groups.sort((one, other) => (other.kWh ?? 0) - (one.kWh ?? 0)).slice(0, MOST),
            { owner: NOBODY, instances: 0, kWh: nobody, cost: null, secondsOn: null },
        ]
    }

    group(row: InstanceRow, figures: Figures): ReportGroup {
        const socket = this.#sockets.find(({ id }) => id === row.socket)!.name
        const [from, to] = [row.startedAt, row.stoppedAt].map((at) => at && new Date(at).toISOString())
        return { instanceId: row.id, owner: row.owner ?? UNKNOWN, socket, from: from as string, to: to as string | null, ...figures }
    }

    async #within(row: InstanceRow, from: number, to: number): Promise<{ energy: number | null; cost: number | null }> {
        const run = this.#run(row)
        const account = await this.#account(row)
        if (!account) return { energy: null, cost: null }
        if (from <= run.from && run.to <= to) return account
        const { buckets } = await this.buckets(row, [from, to])
        return { energy: buckets[0]!.energy, cost: account.cost === null ? null : buckets[0]!.cost }
    }

    async *#rows(from: number, to: number): AsyncGenerator<InstanceRow> {
        for (const { id: socket } of this.#sockets)
            for (let after: InstanceRow | undefined; ; ) {
                const rows = await this.#power.instances({ socket, from, to: to - 1, after, limit: MOST })
                yield* rows
                if (rows.length < MOST) break
                after = rows.at(-1)
                await turn()
            }
    }

    #run({ startedAt, stoppedAt }: InstanceRow): { from: number; to: number } {
        // What it has used since the last reading is in the minute that is not over.
        const to = stoppedAt ?? Math.max(this.#now, startedAt)
        return { from: startedAt, to: Math.max(to, startedAt + 1) }
    }

    /** What it has used in all; undefined if that is not known. */
    async #account({ id, socket, energy, stoppedAt }: InstanceRow): Promise<RunEnergy | undefined> {
        if (!energy || stoppedAt !== null) return energy
        if (!this.#meters.has(socket)) this.#meters.set(socket, await this.#power.meter(socket))
        const meter = this.#meters.get(socket)
        if (!meter) return energy
        return settled(meter.newest?.id === id ? meter.newest.run : energy, meter)
    }
}

/**
 * @param all of what its socket has used while it ran
 * @param account its share of that
 * @returns its part of a tally, which is of such a part of its time
 */
function sharing(all: readonly Tally[], account: RunEnergy | undefined): (tally: Tally, time: number) => Tally {
    const sum = (name: 'perWeight' | 'costPerWeight') => all.reduce((total, tally) => total + tally[name], 0)
    const whole = { perWeight: sum('perWeight'), costPerWeight: sum('costPerWeight') }
    return (tally, time) => {
        // A clock that was set while it ran may have left nothing in its time.
        const part = (name: 'perWeight' | 'costPerWeight') => (whole[name] > 0 ? tally[name] / whole[name] : time)
        if (!account) return { ...tally, energy: 0, cost: 0, priced: 0, known: 0 }
        const energy = account.energy * part('perWeight')
        const cost = (account.cost ?? 0) * part('costPerWeight')
        return { ...tally, energy, cost, priced: account.cost === null ? 0 : energy, unshared: 0 }
    }
}

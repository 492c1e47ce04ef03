import { type Clock, Listeners } from '../lib/index.ts'
import { type Task, type Tasks, Worker } from '../tasks/index.ts'
import type { Priority } from './alarm.ts'
import type { Alarms } from './alarms.ts'
import type { Behaviour } from './machine.ts'
import { type Finding, type Limits, look, priorityOf, type Rule, rules, type Sample, unwatched, type Watched } from './rules.ts'

const KIND = 'alarm-silence'
/** Values that one node watches. */
const MOST = 1000

export interface WatcherOptions {
    /** The node that watches. */
    node: string
    alarms: Alarms
    tasks: Tasks
    clock: Clock
    /** How alarms for limits and rates behave. */
    behaviour: Behaviour
    /** How long a set-point may take to be reached, in milliseconds. */
    reachWithin: number
    /** Without a value for so many milliseconds there is no data; 0 if nobody asks. */
    silence: number
    log(text: string): void
    signal: AbortSignal
}

/** A finding, whose value may not be known. */
type Report = Omit<Finding, 'value'> & { value: number | null }

/** One value that is watched. */
interface Source {
    watched: Watched
    /** When a value came last, in monotonic time. */
    seen: number
    /** Whether it was reported that there is no data. */
    isSilent: boolean
    /** What is being done for it: one thing after the other. */
    turn: Promise<unknown>
}

/** Holds values against their limits, and reports what is wrong as alarms. It goes on with what was wrong before a restart. */
export class Watcher {
    readonly #o: WatcherOptions
    readonly #sources = new Map<string, Promise<Source>>()
    readonly #worker: Worker
    readonly #openedAt: number
    readonly #watchers: Listeners<() => void>

    constructor(options: WatcherOptions) {
        const { node, tasks, clock, log, signal } = options
        this.#o = options
        this.#openedAt = clock.monotonic()
        this.#watchers = new Listeners(log)
        this.#worker = new Worker(tasks, { kind: KIND, queue: node, run: (task) => this.#due(task), log }, signal)
        options.alarms.onOver(node, (id) => this.#over(id), signal)
    }

    /** How many values are watched. */
    get size(): number {
        return this.#sources.size
    }

    /** Calls back when there may be more of them. */
    onSize(run: () => void, signal: AbortSignal): void {
        this.#watchers.add(run, signal)
    }

    /**
     * Takes a value. Resolves once what it leads to is committed.
     * @param name begins the ids of its alarms: `vessel` has `vessel.high`
     * @param priority in place of what a rule's alarms have by themselves
     * @throws {@link Refusal} 429 `TOO_MANY_ALARMS`, 503 `STORE_UNAVAILABLE`: what is wrong is found again with the next value
     */
    async take(name: string, sample: Sample, limits: Limits, priority?: Priority): Promise<Rule[]> {
        const source = await this.#source(name)
        const turn = source.turn.then(() => this.#look(name, source, sample, limits, priority))
        source.turn = turn.catch(() => {})
        return turn
    }

    async settled(): Promise<void> {
        await this.#worker.settled()
    }

    /** Somebody else has said that a condition is over: if it is not, the next value finds that again. */
    #over(id: string): void {
        const rule = rules.find((one) => id.endsWith(`.${one}`))
        const source = rule && this.#sources.get(id.slice(0, -rule.length - 1))
        const forget = ({ watched }: Source): Watched => ({
            ...watched,
            broken: new Set([...watched.broken].filter((one) => one !== rule)),
        })
        source?.then(
            (known) => {
                known.turn = known.turn.then(() => {
                    known.watched = forget(known)
                })
            },
            () => {},
        )
    }

    async #look(name: string, source: Source, sample: Sample, limits: Limits, priority?: Priority): Promise<Rule[]> {
        const { clock } = this.#o
        const now = clock.monotonic()
        const { watched, findings } = look(source.watched, sample, limits, now)
        if (sample.value !== undefined) {
            source.seen = now
            if (source.isSilent) findings.push({ rule: 'no-data', isActive: false, text: '', value: sample.value })
        }
        for (const finding of findings) await this.#report(name, finding, priority)
        if (sample.value !== undefined) source.isSilent = false
        source.watched = watched
        return source.isSilent ? [...watched.broken, 'no-data'] : [...watched.broken]
    }

    #source(name: string): Promise<Source> {
        const known = this.#sources.get(name)
        if (known !== undefined) return known
        const source = this.#open(name)
        this.#sources.set(name, source)
        if (this.#sources.size > MOST) this.#sources.delete(this.#sources.keys().next().value!)
        source.then(
            () => this.#watchers.tell((run) => run()),
            () => this.#sources.delete(name),
        )
        return source
    }

    /** Goes on with what was wrong before. */
    async #open(name: string): Promise<Source> {
        const { alarms, silence, clock, node } = this.#o
        const found = await Promise.all(rules.map(async (rule) => ({ rule, alarm: await alarms.get(`${name}.${rule}`) })))
        const isBroken = ({ alarm }: (typeof found)[number]) => alarm && (alarm.state.pending?.isActive ?? alarm.state.isActive)
        const broken = new Set<Rule>(found.filter(isBroken).map(({ rule }) => rule))
        if (silence > 0) {
            const [id, dueAt] = [this.#task(name), clock.now() + silence]
            if (!(await this.#worker.change(id, { dueAt }))) await this.#worker.add({ id, owner: node, dueAt, payload: name })
        }
        const isSilent = broken.delete('no-data')
        return { watched: unwatched(broken), seen: clock.monotonic(), isSilent, turn: Promise.resolve() }
    }

    #task(name: string): string {
        return `${KIND}/${this.#o.node}/${name}`
    }

    /** Looks whether a value came in time. One that came does not move the task, which would cost a write each time. */
    async #due({ payload: name }: Task): Promise<{ after: number } | undefined> {
        const { silence, clock } = this.#o
        if (silence <= 0) return undefined
        const source = await this.#sources.get(name)
        const passed = clock.monotonic() - (source?.seen ?? this.#openedAt)
        if (passed < silence) return { after: silence - passed }
        const value = source?.watched.samples.at(-1)?.value ?? null
        await this.#report(name, { rule: 'no-data', isActive: true, text: `no value for ${Math.round(silence / 1000)} s`, value })
        if (source && clock.monotonic() - source.seen >= silence) source.isSilent = true
        return { after: silence }
    }

    async #report(name: string, { rule, isActive, text, value }: Report, priority: Priority = priorityOf[rule]): Promise<void> {
        const behaviour = this.#behaviourOf(rule)
        const { alarms, node: observer } = this.#o
        await alarms.report({ id: `${name}.${rule}`, text: `${name}: ${text}`, priority, value, isActive, behaviour, observer })
    }

    /** Some rules have their time in themselves. */
    #behaviourOf(rule: Rule): Behaviour {
        const { behaviour, reachWithin } = this.#o
        if (rule === 'not-reached') return { ...behaviour, onDelay: reachWithin, offDelay: 0 }
        return rule === 'no-data' ? { ...behaviour, onDelay: 0, offDelay: 0 } : behaviour
    }
}

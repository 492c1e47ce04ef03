import type { Bus } from '../../bus/index.ts'
import { type Clock, Refusal, retryUntil } from '../../lib/index.ts'
import { type Task, type Tasks, Worker } from '../../tasks/index.ts'
import type { Profile } from './document.ts'
import { begin, keepsPast, type RunEffect, type RunEvent, step, type Told, takes, wakeAt } from './machine.ts'
import { curve, difference, runView, stepView } from './plan.ts'
import { type Manner, type Run, stepOf } from './run.ts'
import type { ProfileRepository, Version } from './store.ts'

const KIND = 'profile'
/** Between two looks the wall clock may be set; what is less than that is not looked at, in milliseconds. */
const LEAP = 2000
/** So long after the end of a run a kill may have come before whoever controls had its last set-point, in milliseconds. */
const LATELY = 60_000

export interface PlayerOptions {
    /** What is being controlled: there is one run for it. */
    name: string
    repository: ProfileRepository
    tasks: Tasks
    bus: Bus
    clock: Clock
    newId(): string
    log(text: string): void
}

/** What a run is told to do by people. */
export type Control = Exclude<RunEvent['type'], 'tick' | 'value' | 'edit' | 'queue'>

/** Something that is told of a run. */
export interface News {
    what: Told
    view: ReturnType<typeof runView>
}

/** Plays profiles for one thing, one after the other, over restarts. It goes on while somebody is attached. */
export class ProfilePlayer {
    readonly #o: PlayerOptions
    #run: Run | undefined
    #task: string | null = null
    #isLoaded = false
    /** Whether anybody was told of it since there is anybody. */
    #isTold = false
    #turn: Promise<unknown> = Promise.resolve()
    /** When it was last looked at, by both clocks. */
    #looked: { now: number; monotonic: number } | undefined
    #attached = 0
    #ending = new AbortController()
    #worker: Worker | undefined
    /** For what is due at a date, however the wall clock is set. */
    #dateWorker: Worker | undefined

    constructor(options: PlayerOptions) {
        this.#o = options
    }

    /** What is played, as it was last; undefined if nothing is known of any. */
    get view() {
        return this.#run && runView(this.#run, this.#o.clock.now())
    }

    /**
     * Whether the set-point is to be told again to whoever controls, who may not know it. What has ended some time ago decides nothing any
     * more: people may have set another one since.
     */
    get isInCharge(): boolean {
        const run = this.#run
        return run !== undefined && (run.status !== 'ended' || this.#o.clock.now() - run.seenAt < LATELY)
    }

    attach(signal: AbortSignal): void {
        if (signal.aborted) return
        if (this.#attached++ === 0) this.#start()
        const leave = () => {
            if (--this.#attached === 0) this.#ending.abort()
        }
        signal.addEventListener('abort', leave, { once: true })
    }

    /** Calls back with what happens, once it is committed. */
    onNews(listener: (news: News) => void, signal: AbortSignal): void {
        this.#o.bus.subscribe(this.#topic, listener, signal)
    }

    /** Begins a profile in place of one that has ended. @throws {@link Refusal} 409 `WRONG_STATE` if one is played, 503 `STORE_UNAVAILABLE` */
    start(profile: Profile, manner: Manner, by: string): Promise<Run> {
        return this.#inTurn((now) => {
            if (this.#run && this.#run.status !== 'ended') throw this.#wrongState('start')
            const { run, effects } = begin(profile, manner, this.#run?.value ?? null, now)
            return this.#keep(run, effects, { version: 1, at: now, by, profile })
        })
    }

    /** @throws {@link Refusal} 404 `NO_PROFILE`, 409 `WRONG_STATE`, 503 `STORE_UNAVAILABLE` */
    control(type: Control): Promise<Run> {
        return this.#inTurn((now) => this.#tell({ type }, now))
    }

    /** Has a profile played after the present one, if that ends so. @throws as {@link control} */
    queue(profile: Profile): Promise<Run> {
        return this.#inTurn((now) => this.#tell({ type: 'queue', profile }, now))
    }

    /** Goes on with another profile. @throws as {@link control}, and {@link Refusal} 409 `PAST_CHANGED` */
    edit(profile: Profile, by: string): Promise<Run> {
        return this.#inTurn(async (now) => {
            this.#refuseAnotherPast(await this.#tell({ type: 'tick' }, now), profile)
            return this.#tell({ type: 'edit', profile }, now, (version) => ({ version, at: now, by, profile }))
        })
    }

    /** What {@link edit} would change. It changes nothing. @throws as {@link edit} */
    preview(profile: Profile) {
        return this.#inTurn((now) => {
            const before = step(this.#known('edit'), { type: 'tick' }, now).run
            this.#refuseAnotherPast(before, profile)
            const { run } = step(before, { type: 'edit', profile }, now)
            const changes = difference(before.profile, profile).map(({ index, ...steps }) => ({
                index,
                ...Object.fromEntries(Object.entries(steps).map(([when, one]) => [when, stepView(one)])),
            }))
            const shown = (one: Run) => ({ ...runView(one, now), curve: curveView(one, now) })
            return Promise.resolve({ changes, before: shown(before), after: shown(run) })
        })
    }

    /** What was measured. It is written down only if something follows from it. */
    measured(value: number): Promise<Run | undefined> {
        return this.#inTurn((now) => (this.#run ? this.#tell({ type: 'value', value }, now) : Promise.resolve(undefined)))
    }

    /** As it is now, with the set-points to come. @throws {@link Refusal} 404 `NO_PROFILE`, 503 `STORE_UNAVAILABLE` */
    get() {
        return this.#inTurn((now) => {
            const run = this.#known('get')
            return Promise.resolve({ ...runView(run, now), list: run.profile.steps.map(stepView), curve: curveView(run, now) })
        })
    }

    /** How it was begun and edited, the latest first. @throws {@link Refusal} 503 `STORE_UNAVAILABLE` */
    versions(limit: number): Promise<Version[]> {
        return this.#o.repository.versions(this.#o.name, limit)
    }

    async settled(): Promise<void> {
        await Promise.all([this.#worker?.settled(), this.#dateWorker?.settled()])
    }

    get #topic(): string {
        return `profiles/${this.#o.name}`
    }

    #start(): void {
        this.#ending = new AbortController()
        const { signal } = this.#ending
        const { tasks, name, log, clock } = this.#o
        this.#isLoaded = false
        this.#isTold = false
        this.#looked = undefined
        const work = { queue: name, run: (task: Task) => this.#look(task), log }
        this.#worker = new Worker(tasks, { ...work, kind: KIND }, signal)
        this.#dateWorker = new Worker(tasks, { ...work, kind: `${KIND}-date`, follows: 'wall' }, signal)
        void retryUntil(clock, signal, async () => {
            await tasks.begin(signal)
            await this.#inTurn((now) => this.#wakeAgain(now))
        })
    }

    /** Goes on where a process before was: its task may have been lost with it. */
    async #wakeAgain(now: number): Promise<void> {
        if (!this.#run) return
        if (this.#task && !(await this.#o.tasks.get(this.#task))) await this.#wake(this.#run, this.#task)
        await this.#tell({ type: 'tick' }, now)
        if (!this.#isTold && this.isInCharge) this.#publish(['set-point'])
    }

    /** It may be woken a moment too early: what it was to be woken for is due then all the same. */
    async #look({ id }: Task): Promise<undefined> {
        await this.#inTurn((now) => {
            if (!this.#run) return Promise.resolve(undefined)
            const due = id === this.#task ? (wakeAt(this.#run) ?? now) : now
            return this.#tell({ type: 'tick' }, Math.max(now, due))
        })
    }

    /** One thing after the other, on what the store holds. */
    #inTurn<T>(run: (now: number) => Promise<T>): Promise<T> {
        const turn = this.#turn.then(async () => {
            if (!this.#isLoaded) {
                const kept = await this.#o.repository.get(this.#o.name)
                this.#run = kept?.run
                this.#task = kept?.task ?? null
                this.#isLoaded = true
            }
            this.#follow()
            return run(this.#o.clock.now())
        })
        this.#turn = turn.catch(() => {})
        return turn
    }

    /** Moves times along when the wall clock was set: how long something lasts stays the same. */
    #follow(): void {
        const { clock } = this.#o
        const [now, monotonic] = [clock.now(), clock.monotonic()]
        const leap = this.#looked ? now - this.#looked.now - (monotonic - this.#looked.monotonic) : 0
        this.#looked = { now, monotonic }
        if (Math.abs(leap) > LEAP && this.#run) this.#run = shifted(this.#run, leap)
    }

    #known(what: string): Run {
        if (!this.#run)
            throw new Refusal(404, 'NO_PROFILE', `nothing was ever played for ${this.#o.name}: ${what} needs a profile, start one`)
        return this.#run
    }

    #wrongState(what: string): Refusal {
        const { name } = this.#o
        const { status } = this.#run!
        return new Refusal(409, 'WRONG_STATE', `the profile of ${name} is ${status}: ${what} cannot be done now`, { state: status })
    }

    #refuseAnotherPast(run: Run, profile: Profile): void {
        if (run.status === 'ended') throw this.#wrongState('edit')
        if (!keepsPast(run, profile))
            throw new Refusal(409, 'PAST_CHANGED', `the first ${run.index} steps are over and must stay as they are`, { step: run.index })
    }

    async #tell(event: RunEvent, now: number, version?: (number: number) => Version): Promise<Run> {
        const known = this.#known(event.type)
        // What is due by now comes first: it may decide what can be done.
        const due = event.type === 'tick' || event.type === 'value' ? { run: known, effects: [] } : step(known, { type: 'tick' }, now)
        const last = due.effects.filter(({ do: what }) => what === 'tell')
        if (!takes(due.run, event.type)) {
            await this.#keep(due.run, due.effects)
            throw this.#wrongState(event.type)
        }
        const { run, effects } = step(due.run, event, now)
        return this.#keep(run, [...last, ...effects], version?.(run.version))
    }

    /** Commits what has become of the run, and tells of it then. */
    async #keep(run: Run, effects: readonly RunEffect[], version?: Version): Promise<Run> {
        const { repository, name, newId } = this.#o
        const told = effects.flatMap((effect) => (effect.do === 'tell' ? [effect.what] : []))
        const at = wakeAt(run)
        const isOther = at !== (this.#run ? wakeAt(this.#run) : null) || (at !== null && this.#task === null)
        if (told.length > 0 || isOther || version) {
            const before = this.#task
            const task = isOther ? (at === null ? null : newId()) : before
            await repository.put(name, { run, task }, version)
            this.#task = task
            if (isOther) await this.#rearm(before, run)
        }
        this.#run = run
        this.#publish(told)
        return run
    }

    /** A task that is left over looks at the run in vain. */
    async #rearm(before: string | null, run: Run): Promise<void> {
        if (this.#task !== null) await this.#wake(run, this.#task)
        if (before !== null && !this.#ending.signal.aborted) void this.#worker!.complete([before]).catch(() => {})
    }

    async #wake(run: Run, id: string): Promise<void> {
        const at = wakeAt(run)
        if (at === null || this.#ending.signal.aborted) return
        const worker = stepOf(run)?.type === 'at' ? this.#dateWorker! : this.#worker!
        await worker.add({ id, owner: '', dueAt: at, payload: '' })
    }

    #publish(told: readonly Told[]): void {
        this.#isTold ||= told.includes('set-point')
        for (const what of told) this.#o.bus.publish(this.#topic, { what, view: this.view! } satisfies News)
    }
}

const curveView = (run: Run, now: number) => curve(run, now).map(({ at, value }) => ({ at: new Date(at).toISOString(), value }))

/** As if it had begun by so many milliseconds later. */
function shifted(run: Run, ms: number): Run {
    const later = <T extends number | null>(at: T) => (at === null ? at : at + ms) as T
    const { since, countsFrom, bandSince, pausedAt, seenAt, begunAt } = run
    const times = { since: since + ms, begunAt: begunAt + ms, seenAt: seenAt + ms }
    return { ...run, ...times, countsFrom: later(countsFrom), bandSince: later(bandSince), pausedAt: later(pausedAt) }
}

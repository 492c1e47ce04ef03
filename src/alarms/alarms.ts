import type { Bus } from '../bus/index.ts'
import { type Clock, Refusal, retryUntil } from '../lib/index.ts'
import { type Task, type Tasks, Worker } from '../tasks/index.ts'
import { type Actor, type Alarm, nobody, type Subject, type Transition } from './alarm.ts'
import { Flood } from './flood.ts'
import { type AlarmEvent, type AlarmState, type Behaviour, noAlarm, type Operation, step, wakeAt } from './machine.ts'
import type { AlarmCounts, AlarmFilter, AlarmRepository, Change, TransitionFilter } from './repository.ts'

const KIND = 'alarm'

export interface AlarmsOptions {
    /** The group whose alarms these are. */
    group: string
    repository: AlarmRepository
    tasks: Tasks
    bus: Bus
    clock: Clock
    newId(): string
    log(text: string): void
}

/** A transition as it is published. */
export interface Published {
    transition: Transition
    /** More alarms come than anybody can look at: those of a low priority may be left out of what people see. */
    isFlood: boolean
}

/** A condition that was looked at. */
export interface Report extends Subject {
    isActive: boolean
    behaviour: Behaviour
    /** Who looks at it again and again. */
    observer?: string
}

/** Somebody said that a condition is over. */
interface Over {
    id: string
    /** Blank: nobody who looks at it again. */
    observer: string
}

/** The alarms of a group. Delays and shelves end while somebody is attached. */
export class Alarms {
    readonly #o: AlarmsOptions
    readonly #flood: Flood
    /** What is under way for each alarm: one thing after the other. */
    readonly #turns = new Map<string, Promise<unknown>>()
    #counts: AlarmCounts = { standing: 0, unacknowledged: 0 }
    #attached = 0
    #ending = new AbortController()
    #worker: Worker | undefined

    constructor(options: AlarmsOptions) {
        this.#o = options
        this.#flood = new Flood(options.clock)
    }

    /** How many there are, as far as is known. */
    get counts(): AlarmCounts {
        return this.#counts
    }

    /** Works until the signal aborts. */
    attach(signal: AbortSignal): void {
        if (signal.aborted) return
        if (this.#attached++ === 0) this.#start()
        const leave = () => {
            if (--this.#attached === 0) this.#ending.abort()
        }
        signal.addEventListener('abort', leave, { once: true })
    }

    /** Calls back with each transition, once it is committed. */
    onTransition(listener: (published: Published) => void, signal: AbortSignal): void {
        this.#o.bus.subscribe(this.#topic('transition'), listener, signal)
    }

    /** Calls back with the alarm when anybody but the observer has said that its condition is over. */
    onOver(observer: string, listener: (id: string) => void, signal: AbortSignal): void {
        this.#o.bus.subscribe(this.#topic('over'), (over: Over) => over.observer === observer || listener(over.id), signal)
    }

    /** Calls back when {@link counts} may be others. */
    onCounts(listener: () => void, signal: AbortSignal): void {
        this.#o.bus.subscribe(this.#topic('counts'), listener, signal)
    }

    /**
     * Says whether the condition of an alarm is there. Resolves with the alarm once what follows is committed.
     * @throws {@link Refusal} 404 `UNKNOWN_ALARM` if one is over that never was, 429 `TOO_MANY_ALARMS`, 503 `STORE_UNAVAILABLE`
     */
    async report({ isActive, behaviour, observer = '', ...subject }: Report, actor = nobody): Promise<Alarm> {
        const { id, value } = subject
        const alarm = await this.#change(id, { type: 'condition', isActive, behaviour }, actor, isActive ? subject : { value })
        if (!isActive) this.#o.bus.publish(this.#topic('over'), { id, observer } satisfies Over)
        return alarm
    }

    /** @throws {@link Refusal} 404 `UNKNOWN_ALARM`, 409 `WRONG_STATE`, 503 `STORE_UNAVAILABLE` */
    operate(id: string, operation: Operation, actor: Actor): Promise<Alarm> {
        return this.#change(id, { type: operation }, actor)
    }

    /** Has nobody bothered by an alarm for a while. @param until milliseconds since 1970 @throws as {@link operate} */
    shelve(id: string, until: number, actor: Actor): Promise<Alarm> {
        return this.#change(id, { type: 'shelve', until }, actor)
    }

    /** @throws {@link Refusal} 503 `STORE_UNAVAILABLE` */
    get(id: string): Promise<Alarm | undefined> {
        return this.#o.repository.get(this.#o.group, id)
    }

    /** @throws {@link Refusal} 503 `STORE_UNAVAILABLE` */
    list(filter: AlarmFilter): Promise<Alarm[]> {
        return this.#o.repository.list(this.#o.group, filter)
    }

    /** What happened to them. @throws {@link Refusal} 503 `STORE_UNAVAILABLE` */
    transitions(filter: TransitionFilter): Promise<Transition[]> {
        return this.#o.repository.transitions(this.#o.group, filter)
    }

    /** Resolves once what is being written is in the store, or has had its time. */
    async settled(): Promise<void> {
        await this.#worker?.settled()
    }

    #topic(what: string): string {
        return `alarms/${this.#o.group}/${what}`
    }

    #start(): void {
        this.#ending = new AbortController()
        const { signal } = this.#ending
        const { tasks, group, log, clock } = this.#o
        this.#worker = new Worker(tasks, { kind: KIND, queue: group, run: (task) => this.#due(task), log }, signal)
        void retryUntil(clock, signal, () => this.#takeUp(signal))
    }

    /** Has those woken whose task could not be kept by a process that ended, and finds out how many there are. */
    async #takeUp(signal: AbortSignal): Promise<void> {
        const { tasks, repository, group } = this.#o
        await tasks.begin(signal)
        for (const { id } of await repository.waking(group)) await this.#wakeAgain(id)
        await this.#count()
    }

    /** Has an alarm woken whose task could not be kept. */
    #wakeAgain(id: string): Promise<void> {
        return this.#inTurn(id, async () => {
            const alarm = await this.get(id)
            if (alarm?.task && !(await this.#o.tasks.get(alarm.task))) await this.#wake(alarm, alarm.task)
        })
    }

    async #due({ payload }: Task): Promise<undefined> {
        const { id, at } = JSON.parse(payload)
        await this.#change(id, { type: 'due', at }, nobody)
    }

    #change(id: string, event: AlarmEvent, actor: Actor, subject?: Partial<Subject>): Promise<Alarm> {
        return this.#inTurn(id, () => this.#changeNow(id, event, actor, subject))
    }

    #inTurn<T>(id: string, run: () => Promise<T>): Promise<T> {
        const turn = (this.#turns.get(id) ?? Promise.resolve()).then(run, run)
        this.#turns.set(id, turn)
        const over = () => this.#turns.get(id) === turn && this.#turns.delete(id)
        turn.then(over, over)
        return turn
    }

    async #changeNow(id: string, event: AlarmEvent, actor: Actor, subject: Partial<Subject> = {}): Promise<Alarm> {
        const { repository, group, clock, newId } = this.#o
        const [now, task] = [clock.now(), newId()]
        let kept: Alarm | undefined
        const changed = await repository.change(group, id, (before) => {
            kept = before ?? (event.type === 'condition' && event.isActive ? fresh({ ...subject, id }, event.behaviour!, now) : undefined)
            return changeOf(kept, { id, event, actor, subject, now, task }, before === undefined)
        })
        if (!changed) return kept!
        const { before, alarm, transitions } = changed
        for (const transition of transitions) this.#tell(transition, alarm)
        await this.#rearm(before, alarm)
        if (transitions.length > 0) await this.#count().catch(() => {})
        return alarm
    }

    /** Its task goes with its state. A task that is left over does nothing. */
    async #rearm(before: Alarm | undefined, { task, ...alarm }: Alarm): Promise<void> {
        if (task === (before?.task ?? null)) return
        const again = () => void retryUntil(this.#o.clock, this.#ending.signal, () => this.#wakeAgain(alarm.id))
        // What became of the alarm is kept already, whether this is or not.
        if (task !== null) await this.#wake(alarm, task).catch(again)
        if (before?.task) void this.#worker?.complete([before.task]).catch(() => {})
    }

    async #wake({ id, state }: Pick<Alarm, 'id' | 'state'>, task: string): Promise<void> {
        const at = wakeAt(state)
        if (at === null || this.#ending.signal.aborted) return
        await this.#worker!.add({ id: task, owner: '', dueAt: at, payload: JSON.stringify({ id, at }) })
    }

    #tell(transition: Transition, { priority }: Alarm): void {
        const isNew = transition.trigger === 'raise' && transition.to === 'unacknowledged' && transition.id !== FLOOD.id
        const within = isNew ? this.#flood.take() : undefined
        const isFlood = this.#flood.isOn && (priority === 'low' || priority === 'medium')
        this.#o.bus.publish(this.#topic('transition'), { transition, isFlood } satisfies Published)
        if (within !== undefined) void this.#tooMany(within)
    }

    /** The alarm that there are too many is over by itself, once no more have come for the time that they are counted in. */
    async #tooMany(within: number): Promise<void> {
        const text = `more alarms than anybody can look at, within ${within / 60_000} min`
        const behaviour = { latch: false, onDelay: 0, offDelay: within, repeat: 0 }
        try {
            for (const isActive of [true, false]) await this.report({ ...FLOOD, text, value: null, isActive, behaviour })
        } catch {
            // The store says itself why it is away.
        }
    }

    async #count(): Promise<void> {
        const { repository, group, bus } = this.#o
        this.#counts = await repository.counts(group)
        bus.publish(this.#topic('counts'))
    }
}

const FLOOD = { id: 'alarm-flood', priority: 'high' } as const

function fresh(
    { id, text = '', priority = 'medium', value = null }: Partial<Subject> & { id: string },
    behaviour: Behaviour,
    now: number,
): Alarm {
    return { id, text, priority, value, state: noAlarm(behaviour), since: now, raisedAt: null, actor: nobody, task: null }
}

interface Step {
    id: string
    event: AlarmEvent
    actor: Actor
    subject: Partial<Subject>
    now: number
    /** The id of the task that may be needed. */
    task: string
}

/** What an event makes of an alarm; undefined if nothing is to be written. @throws {@link Refusal} 404 `UNKNOWN_ALARM`, 409 `WRONG_STATE` */
function changeOf(alarm: Alarm | undefined, { id, event, actor, subject, now, task }: Step, isNew: boolean): Change | undefined {
    if (!alarm) throw new Refusal(404, 'UNKNOWN_ALARM', `there is no alarm ${id} in this group`)
    const { state, effects } = step(alarm.state, event, now)
    const told = effects.filter((effect) => effect.do === 'tell')
    const isAsked = event.type !== 'condition' && event.type !== 'due'
    if (isAsked && told.length === 0) throw wrongState(alarm, event.type)
    const isOther = (Object.keys(subject) as (keyof Subject)[]).some((key) => key !== 'value' && subject[key] !== alarm[key])
    if (!isNew && !isOther && effects.length === 0 && isSame(alarm.state, state)) return undefined
    const changed: Alarm = { ...alarm, ...subject, state, task: taskOf(alarm, state, task) }
    if (told.length > 0) Object.assign(changed, { since: now, actor })
    if (told.some(({ trigger }) => trigger === 'raise')) changed.raisedAt = now
    const { text, priority, value } = changed
    const transitions = told.map(({ trigger, from, to }) => ({
        ...{ id, text, priority, value, ...actor, at: now, trigger, from, to },
        isActive: state.isActive,
    }))
    return { alarm: changed, transitions }
}

function taskOf(before: Alarm, state: AlarmState, task: string): string | null {
    const at = wakeAt(state)
    if (at === wakeAt(before.state)) return before.task
    return at === null ? null : task
}

const isSame = (a: AlarmState, b: AlarmState) => JSON.stringify(a) === JSON.stringify(b)

const wrongState = ({ id, state }: Alarm, what: string) =>
    new Refusal(409, 'WRONG_STATE', `the alarm ${id} is ${state.name}: ${what} cannot be done in that state`, { state: state.name })

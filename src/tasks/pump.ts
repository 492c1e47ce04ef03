import { backoff, Refusal } from '../lib/index.ts'
import { type Claim, PARKED, type Place, type QueueName, type Task, type TaskEntry } from './repository.ts'
import type { Tasks, Timed } from './tasks.ts'

/** Entries that are looked at in one go. */
const PAGE = 128
const START: Place = { dueAt: -PARKED, seq: 0 }

/** What could be begun now: so many tasks, with so many characters of payload. */
export interface Room {
    count: number
    bytes: number
    /** Nothing is worked on. */
    isEmpty: boolean
}

export interface PumpParts {
    tasks: Tasks
    name: QueueName
    isWall: boolean
    room(): Room
    /** How many of one key may be worked on at the same time; undefined for as many as there is room for. */
    each: ((key: string) => number) | undefined
    /** Milliseconds. */
    lease: number
    /** Begins to work on tasks that were claimed, if anything is taken by time. */
    begin: ((tasks: Task[]) => void) | undefined
    /** Takes those that have expired, if anybody wants to know. */
    expire: ((tasks: Task[]) => void) | undefined
    log(text: string): void
    signal: AbortSignal
}

interface Key {
    running: number
    /** It was passed over: what is due of it has to be asked for by its key. */
    hasMore: boolean
}

/** Finds what is due, and claims it as far as there is room. It holds no tasks; of what waits it knows only when the next one is due. */
export class Pump {
    readonly #p: PumpParts
    readonly #keys = new Map<string, Key>()
    /** Up to where all that is due was looked at. */
    #place = START
    /** Something from before that place is to be looked at again, from a time on. */
    #again = -PARKED
    #opened = 0
    /** On the clock of the agenda. */
    #wakesAt = Number.POSITIVE_INFINITY
    readonly #timer: Timed = { run: () => this.#wake() }
    #running: Promise<void> | undefined
    #isKeysTurn = false
    #isToRun = false
    #tries = 0

    constructor(parts: PumpParts) {
        this.#p = parts
        parts.signal.addEventListener('abort', () => this.#agenda.delete(this.#timer), { once: true })
    }

    /** The time that the tasks of this queue are kept in, in milliseconds since 1970. */
    now(): number {
        const { tasks, isWall } = this.#p
        return isWall ? tasks.parts.clock.now() : tasks.steady.now()
    }

    claim(): Claim {
        const now = this.now()
        return { holder: this.#p.tasks.holder, now, until: now + this.#p.lease }
    }

    /** Milliseconds until something is due; undefined if nothing is known to be. */
    get left(): number | undefined {
        return this.#wakesAt === Number.POSITIVE_INFINITY ? undefined : Math.max(this.#wakesAt - this.#clock(), 0)
    }

    /** Looks for what is due. */
    run(): void {
        this.#isToRun = true
        this.#running ??= this.#loop().finally(() => {
            this.#running = undefined
        })
    }

    /** Something is due at a time, which may be over. */
    changed(dueAt: number, expiresAt: number | null): void {
        this.#again = Math.min(this.#again, dueAt)
        this.#wakeAt(Math.min(dueAt, expiresAt ?? PARKED))
    }

    /** All times were moved. */
    moved(): void {
        this.#again = -PARKED
        this.run()
    }

    /** A task is not worked on any more. */
    freed(key: string | null): void {
        this.#count(key, -1)
        this.run()
    }

    get #agenda() {
        const { tasks, isWall } = this.#p
        return isWall ? tasks.wallAgenda : tasks.agenda
    }

    #clock(): number {
        const { tasks, isWall } = this.#p
        return isWall ? tasks.parts.clock.now() : tasks.parts.clock.monotonic()
    }

    /** @param at as tasks are kept */
    #wakeAt(at: number): void {
        if (at >= PARKED || this.#p.signal.aborted) return
        const ms = Math.max(at - this.now(), 0)
        const reading = this.#clock() + ms
        if (reading >= this.#wakesAt) return
        this.#wakesAt = reading
        this.#agenda.after(this.#timer, ms)
    }

    #wake(): void {
        this.#wakesAt = Number.POSITIVE_INFINITY
        this.run()
    }

    async #loop(): Promise<void> {
        const { signal, log } = this.#p
        while (this.#isToRun && !signal.aborted) {
            this.#isToRun = false
            try {
                await this.#fill()
                this.#tries = 0
            } catch (error) {
                if (signal.aborted) return
                // The store says itself why it is away.
                if (!(error instanceof Refusal && error.code === 'STORE_UNAVAILABLE')) log(`what is due cannot be read: ${error}`)
                this.#again = -PARKED
                this.#wakeAt(this.now() + backoff(++this.#tries))
            }
        }
    }

    async #fill(): Promise<void> {
        const { tasks, signal, begin, expire } = this.#p
        await tasks.follow()
        const opened = await tasks.parts.repository.begin(tasks.holder)
        if (opened !== this.#opened) this.#place = START
        this.#opened = opened
        if (this.#again <= this.#place.dueAt) this.#place = { dueAt: this.#again, seq: 0 }
        this.#again = PARKED
        if (begin) await this.#claim(await this.#next(), begin)
        if (expire && !signal.aborted) await this.#claim(await this.#expired(), expire)
    }

    /** By turns, so that neither keys that have much nor new ones keep the others from being served. */
    async #next(): Promise<TaskEntry[]> {
        const room = this.#p.room()
        const ways = [() => this.#ofKeys(room), () => this.#due(room)]
        if (this.#isKeysTurn) ways.reverse()
        this.#isKeysTurn = !this.#isKeysTurn
        return [...(await ways[0]!()), ...(await ways[1]!())]
    }
    /** What was passed over, key by key, those first that have waited for longest. */
    async #ofKeys(room: Room): Promise<TaskEntry[]> {
        const { tasks, name, each } = this.#p
        const chosen: TaskEntry[] = []
        if (!each) return chosen
        for (const [key, state] of [...this.#keys]) {
            const free = each(key) - state.running
            if (!state.hasMore || free <= 0) continue
            if (room.count <= 0) break
            // Those that have just ended may still be in the store.
            const limit = free + tasks.busy.size + 1
            const page = await tasks.parts.repository.ofKey(name, key, -PARKED, this.now(), this.claim(), limit)
            const entries = page.filter(({ id }) => !tasks.busy.has(id))
            const taken = entries.slice(0, free).filter((entry) => takeRoom(room, entry))
            state.hasMore = entries.length > taken.length
            state.running += taken.length
            this.#keys.delete(key)
            if (state.hasMore || state.running > 0) this.#keys.set(key, state)
            chosen.push(...taken)
        }
        return chosen
    }

    async #due(room: Room): Promise<TaskEntry[]> {
        const { tasks, name } = this.#p
        const chosen: TaskEntry[] = []
        while (room.count > 0) {
            const limit = Math.min(PAGE, room.count + 1)
            const page = await tasks.parts.repository.due(name, this.#place, this.claim(), limit)
            for (const entry of page) {
                if (entry.dueAt > this.now()) {
                    this.#wakeAt(entry.dueAt)
                    return chosen
                }
                if (!tasks.busy.has(entry.id) && !this.#isOver(entry) && this.#hasTurn(entry)) {
                    if (!takeRoom(room, entry)) return chosen
                    this.#count(entry.key, 1)
                    chosen.push(entry)
                }
                this.#place = entry
            }
            if (page.length < limit) break
        }
        return chosen
    }

    /** Those of one key keep their order: where one was passed over, all after it are. */
    #hasTurn({ key }: TaskEntry): boolean {
        const { each } = this.#p
        const state = key === null || !each ? undefined : this.#keys.get(key)
        if (!state || (!state.hasMore && state.running < each!(key!))) return true
        state.hasMore = true
        return false
    }

    /** Whether it has expired, which is seen to elsewhere. */
    #isOver({ expiresAt }: TaskEntry): boolean {
        return this.#p.expire !== undefined && expiresAt !== null && expiresAt <= this.now()
    }

    #count(key: string | null, more: 1 | -1): void {
        if (key === null || !this.#p.each) return
        const state = this.#keys.get(key) ?? { running: 0, hasMore: false }
        state.running += more
        if (state.running > 0 || state.hasMore) this.#keys.set(key, state)
        else this.#keys.delete(key)
    }

    async #expired(): Promise<TaskEntry[]> {
        const { tasks, name } = this.#p
        const page = await tasks.parts.repository.expiring(name, this.claim(), PAGE + tasks.busy.size)
        const room = this.#p.room()
        const chosen: TaskEntry[] = []
        for (const entry of page) {
            if (tasks.busy.has(entry.id)) continue
            if (!this.#isOver(entry)) this.#wakeAt(entry.expiresAt!)
            if (!this.#isOver(entry) || !takeRoom(room, entry)) break
            this.#count(entry.key, 1)
            chosen.push(entry)
        }
        return chosen
    }

    /** Takes parked tasks of a key, in their order. */
    async take(key: string, limit: number): Promise<Task[]> {
        const { tasks, name } = this.#p
        await tasks.parts.repository.begin(tasks.holder)
        const page = await tasks.parts.repository.ofKey(name, key, PARKED, PARKED, this.claim(), limit + tasks.busy.size)
        const room = { ...this.#p.room(), count: limit }
        const chosen = page.filter((entry) => !tasks.busy.has(entry.id) && !this.#isOver(entry) && takeRoom(room, entry))
        for (const { key } of chosen) this.#count(key, 1)
        let taken: Task[] = []
        await this.#claim(chosen, (claimed) => {
            taken = claimed
        })
        return taken
    }

    /** @param begin is given those that are ours then: another Node-RED may have been first */
    async #claim(entries: TaskEntry[], begin: (tasks: Task[]) => void): Promise<void> {
        if (entries.length === 0) return
        const { tasks, name, signal } = this.#p
        const ids = entries.map(({ id }) => id)
        for (const id of ids) tasks.busy.add(id)
        let claimed: Task[] = []
        try {
            claimed = await tasks.parts.repository.claim(ids, this.claim())
        } finally {
            const ours = new Set(signal.aborted ? [] : claimed.map(({ id }) => id))
            for (const { id, key } of entries)
                if (!ours.has(id)) {
                    tasks.busy.delete(id)
                    this.#count(key, -1)
                }
        }
        if (!signal.aborted) return begin(claimed)
        // The next worker may have passed over them, as they were ours.
        for (const { dueAt, expiresAt } of entries) tasks.changed(name, dueAt, expiresAt)
    }
}

/** One that is larger than all the room there is goes alone. */
function takeRoom(room: Room, { bytes }: TaskEntry): boolean {
    if (room.count <= 0 || (bytes > room.bytes && !room.isEmpty)) return false
    room.count--
    room.bytes -= bytes
    room.isEmpty = false
    return true
}

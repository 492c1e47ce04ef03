import type { Clock } from '../lib/index.ts'
import { LATE } from './answers.ts'

/** How long one who answered without having been asked is reckoned with, in milliseconds. */
const CROWDED = 3_600_000

/** What we told a plug to do that may yet have an effect: an OFF is owed until it has said OFF after the last of it. */
export class Orders {
    readonly #clock: Clock
    /** The last that was sent; undefined before the first. */
    #last: boolean | undefined
    #onAt = Number.NEGATIVE_INFINITY
    #offAt = Number.NEGATIVE_INFINITY
    /** Sent, and not known to be done: its echo may come as late as {@link LATE}. */
    #onOpen = false
    #offOpen = false
    #mayBeOn = false
    /** When it was last taken to be off by what it said. */
    #doneAt = Number.NEGATIVE_INFINITY
    #inheritedAt = Number.NEGATIVE_INFINITY
    /** When it, or another one on the same topic, last answered what nobody here had asked. */
    #crowdedAt = Number.NEGATIVE_INFINITY

    constructor(clock: Clock) {
        this.#clock = clock
    }

    /** Whether an ON of ours may have been done, or may yet be, after all that the plug has said. */
    get mayBeOn(): boolean {
        return this.#mayBeOn
    }

    /** Whether it should be asked again what it does. */
    get unsettled(): boolean {
        return this.#mayBeOn && (this.#last === false || this.doubtful)
    }

    /** Whether somebody before us may have told it what it has yet to do. */
    get inherited(): boolean {
        return this.#within(this.#inheritedAt)
    }

    /** Whether what it says may be older than our last ON. */
    get doubtful(): boolean {
        return this.open(true) || this.inherited
    }

    sent(on: boolean): void {
        this.#last = on
        if (on) {
            this.#onAt = this.#clock.monotonic()
            this.#onOpen = true
            this.#mayBeOn = true
        } else {
            this.#offAt = this.#clock.monotonic()
            this.#offOpen = true
        }
    }

    /** Somebody before us has switched it on. @param justNow whether that may not be done yet */
    inherit(justNow: boolean): void {
        this.#last = true
        this.#mayBeOn = true
        if (!justNow) return
        this.#onAt = this.#clock.monotonic()
        this.#inheritedAt = this.#onAt
    }

    /** Whether what was sent last is not the contrary, or has lost its effect. */
    agrees(on: boolean): boolean {
        return this.#last === undefined || this.#last === on || !(this.#mayBeOn || this.open(this.#last))
    }

    /** Whether a report may be about an earlier command of this kind. */
    open(on: boolean): boolean {
        return on ? this.#onOpen && this.#within(this.#onAt) : this.#offOpen && this.#within(this.#offAt)
    }

    /** The plug has said so after the last command. A second plug on the same topic says nothing with that. */
    proven(on: boolean): void {
        if (this.#crowded) return
        this.#onOpen = false
        this.#offOpen = false
        if (!on && !this.inherited) this.#done()
    }

    /** The plug has said so at some time: OFF is true only if no ON is on its way any more. */
    heard(on: boolean, how: 'echo' | 'answer' | 'periodic'): void {
        // Found on, and nobody has seen it go on: OFF was said by another plug, or about another time.
        if (on && how !== 'echo' && this.#within(this.#doneAt)) this.#doubt()
        // Whoever switched it off while we have it on: it is told so once more, which costs nothing, for another plug may have said so.
        if (on || this.#last === true || this.doubtful) return
        if (this.#crowded && this.open(false)) return
        this.#done()
    }

    /** Somebody answers whom we did not ask. @returns whether that puts in doubt what was taken for done */
    crowd(): boolean {
        this.#crowdedAt = this.#clock.monotonic()
        if (!this.#mayBeOn && !this.#within(this.#doneAt)) return false
        this.#doubt()
        return this.unsettled
    }

    #doubt(): void {
        this.#mayBeOn = true
        this.#onOpen = true
        this.#offOpen = true
        if (this.#last === true) this.#onAt = this.#clock.monotonic()
    }

    #done(): void {
        if (this.#mayBeOn) this.#doneAt = this.#clock.monotonic()
        this.#mayBeOn = false
    }

    get #crowded(): boolean {
        return this.#clock.monotonic() - this.#crowdedAt < CROWDED
    }

    #within(at: number): boolean {
        return this.#clock.monotonic() - at < LATE
    }
}

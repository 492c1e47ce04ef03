import type { Effect } from '../../src/power/machine.ts'
import type { Walk } from './power-walk.ts'

/** What can go wrong, each as a chance from 0 to 1; `late` is in milliseconds. */
export interface Trouble {
    lost: number
    doubled: number
    late: number
    /** Connections drop, the plug goes away, and processes end; or only that. */
    faults: boolean | 'kills'
    /** Somebody presses the button. */
    presses: boolean
    /** The plug says which question it answers. */
    numbered: boolean
}

/** A plug that does one command after the other and says so, late, twice or not at all. */
export class WalkPlug {
    readonly #walk: Walk
    readonly #trouble: Trouble
    on = false
    /** It is on by an ON of ours, of whatever process. */
    isOurs = false
    /** How many ONs of ours are on their way to it. */
    onsAhead = 0
    /** How many it was sent, and up to which of them it has carried out. */
    #onsSent = 0
    #onsDone = 0
    #isAway = false
    #isBusy = false
    #inbox: { effect: Effect; n: number }[] = []
    #saysAt = 0

    constructor(walk: Walk, trouble: Trouble) {
        this.#walk = walk
        this.#trouble = trouble
    }

    /** Whether it is on, or has carried out the last ON that it was sent; not known where a press may be taken for that. */
    get hasObeyed(): boolean {
        return this.#trouble.presses || this.on || this.#onsDone === this.#onsSent
    }

    take(effect: Effect): void {
        const isOn = effect.do === 'send' && effect.what === 'on'
        if (isOn) this.onsAhead++
        const n = isOn ? ++this.#onsSent : 0
        this.#walk.later(1 + Math.floor(this.#walk.random() * 3), () => {
            if (this.#isAway || this.#walk.chance(this.#trouble.lost)) this.onsAhead -= Number(isOn)
            else this.#inbox.push({ effect, n })
            if (!this.#isBusy) this.#work()
        })
    }

    #work(): void {
        this.#isBusy = true
        this.#walk.later(1 + Math.floor(this.#walk.random() * 30), () => {
            const { effect, n = 0 } = this.#inbox.shift() ?? {}
            this.#isBusy = false
            if (effect?.do === 'query') this.#say('answer', effect.id)
            else if (effect?.do === 'send') this.#switch(effect.what === 'on')
            if (n > 0) this.#onsDone = n
            if (this.#inbox.length > 0) this.#work()
        })
    }

    #switch(on: boolean): void {
        this.onsAhead -= Number(on)
        // Whose ON it is does not change by a second one.
        if (on !== this.on) this.isOurs = on
        this.on = on
        this.#say('echo')
    }

    #say(how: 'echo' | 'answer' | 'periodic', id?: number): void {
        const { on } = this
        const walk = this.#walk
        const { process } = walk
        const answers = this.#trouble.numbered && id !== undefined ? { answers: id } : {}
        for (let n = walk.chance(this.#trouble.doubled) ? 2 : 1; n > 0; n--) {
            if (walk.chance(this.#trouble.lost) || this.#isAway) continue
            this.#saysAt = Math.max(this.#saysAt, walk.now + Math.floor(walk.random() * this.#trouble.late))
            walk.later(this.#saysAt - walk.now, () => {
                // A number of a process before this one is no number of ours.
                if (!walk.state.isConnected || ('answers' in answers && process !== walk.process)) return
                walk.tell({ type: 'heard' })
                walk.tell({ type: 'report', on, how, ...answers, isIdle: !walk.turn })
            })
        }
    }

    /** Somebody presses the button. */
    press(): void {
        if (this.#isAway) return
        this.on = !this.on
        this.isOurs = false
        this.#say('echo')
    }

    /** Says by itself what it does. */
    remind(): void {
        this.#say('periodic')
    }

    /** Loses its connection, with all that is on its way to it. */
    away(ms: number): void {
        if (this.#isAway) return
        const walk = this.#walk
        this.#isAway = true
        this.onsAhead -= this.#inbox.filter(({ n }) => n > 0).length
        this.#inbox = []
        walk.later(5, () => walk.state.isConnected && walk.tell({ type: 'will', isReachable: false, isNews: true }))
        walk.later(ms + 5, () => {
            this.#isAway = false
            if (walk.state.isConnected) walk.tell({ type: 'will', isReachable: true, isNews: true })
        })
    }
}

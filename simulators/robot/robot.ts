import { EventEmitter } from 'node:events'
import { WebSocket } from 'ws'

export const outcomes = ['success', 'failure', 'nothing'] as const

export interface RobotOptions {
    url: string
    robotName: string
    robotAddress: string
    userID: number
    /** Whether it tells states and progress, and what it runs; a robot of the seed does not. */
    answers: boolean
    /** What it says of a package in the end. */
    outcome: (typeof outcomes)[number]
    /** The share of the packages that fail, whatever the outcome of the others. */
    fail: number
    /** Milliseconds that a package takes, and that it says nothing of it afterwards. */
    takes: number
    late: number
    /** Whether it says twice what came of a package. */
    twice: boolean
    /** Whether it goes on with what it is asked to cancel. */
    stubborn: boolean
    /** Seconds after which it breaks its connection, again and again; 0 for never. */
    drop: number
    /** Milliseconds until it tries to connect again. */
    reconnect: number
    random: () => number
}

interface Frame {
    event: string
    value?: { package_name?: unknown }
    jobId?: string
    fence?: number
}

interface Run {
    frame: Frame
    progress: number
    timer: NodeJS.Timeout | undefined
}

interface Events {
    /** What the server said or why there is no connection, for the reader. */
    told: [string]
    connected: []
    /** It has begun a package, or is done with it: `succeeded`, `failed` or `cancelled`. */
    began: [name: string, jobId: string | undefined]
    ended: [name: string, state: string]
}

/** Jobs that it remembers: one that comes again with the fence it had is answered again, and not done again. */
const MOST_REMEMBERED = 1000
/** How often it tells how far it is. */
const STEPS = 4

/** A robot of the job server, which comes back whenever its connection ends, and goes on working meanwhile. */
export class SimulatedRobot extends EventEmitter<Events> {
    readonly #o: RobotOptions
    readonly #runs = new Set<Run>()
    /** The last answer of each job, by its id and fence. */
    readonly #answers = new Map<string, object>()
    /** What it could not say while it was not connected. */
    readonly #unsaid: object[] = []
    readonly #timers = new Set<NodeJS.Timeout>()
    #client: WebSocket | undefined
    #isOver = false

    constructor(options: RobotOptions) {
        super()
        this.#o = options
        this.#connect()
    }

    /** Breaks its connection, and comes back. */
    drop(): void {
        this.#client?.terminate()
    }

    stop(): void {
        this.#isOver = true
        for (const timer of this.#timers) clearTimeout(timer)
        this.#client?.close()
    }

    #later(ms: number, run: () => void): NodeJS.Timeout {
        const timer = setTimeout(() => {
            this.#timers.delete(timer)
            run()
        }, ms)
        this.#timers.add(timer)
        return timer
    }

    #connect(): void {
        const { url, drop, reconnect } = this.#o
        const client = new WebSocket(url)
        this.#client = client
        client.on('error', ({ message }) => this.emit('told', message))
        client.on('open', () => {
            client.send(JSON.stringify(this.#metadata()))
            this.emit('connected')
            for (const frame of this.#unsaid.splice(0)) this.#say(frame)
            if (drop > 0) this.#later(drop * 1000, () => client.terminate())
        })
        client.on('message', (data) => this.#take(JSON.parse(String(data))))
        client.on('close', () => {
            if (!this.#isOver) this.#later(reconnect, () => this.#connect())
        })
    }

    #metadata(): object {
        const { robotName, robotAddress, userID, answers } = this.#o
        const running = [...this.#runs].map(({ frame: { jobId, fence }, progress }) => ({ jobId, fence, progress }))
        return { robotName, robotAddress, userID, ...(answers && { answers, running }) }
    }

    #take(frame: Frame): void {
        if (frame.event === 'notification') this.#begin(frame)
        else if (frame.event === 'cancel') this.#cancel(frame)
        else this.emit('told', JSON.stringify(frame))
    }

    #begin(frame: Frame): void {
        const before = this.#answers.get(keyOf(frame))
        if (before) this.#say(before)
        // What comes once more, as the connection broke, was done or is being done.
        if (before || (frame.jobId !== undefined && this.#find(frame))) return
        const run: Run = { frame, progress: 0, timer: undefined }
        this.#runs.add(run)
        this.emit('began', nameOf(frame), frame.jobId)
        this.#tell(frame, 'accepted')
        this.#goOn(run)
    }

    #goOn(run: Run): void {
        run.timer = this.#later(this.#o.takes / STEPS, () => {
            run.progress += 100 / STEPS
            if (run.progress < 100) {
                this.#tell(run.frame, 'running', { progress: run.progress })
                this.#goOn(run)
            } else this.#end(run)
        })
    }

    #end(run: Run): void {
        const { outcome, fail, late, random } = this.#o
        const state = outcome === 'failure' || random() < fail ? 'failed' : 'succeeded'
        this.emit('ended', nameOf(run.frame), state)
        if (outcome === 'nothing') this.#runs.delete(run)
        else run.timer = this.#later(late, () => this.#conclude(run, state))
    }

    #cancel(frame: Frame): void {
        const run = this.#find(frame)
        if (!run || this.#o.stubborn) return
        clearTimeout(run.timer)
        this.#timers.delete(run.timer!)
        this.emit('ended', nameOf(run.frame), 'cancelled')
        this.#conclude(run, 'cancelled')
    }

    #conclude(run: Run, state: 'succeeded' | 'failed' | 'cancelled'): void {
        const { answers, twice } = this.#o
        this.#runs.delete(run)
        const name = nameOf(run.frame)
        const value =
            state === 'failed' ? `failure: ${name} could not be executed` : `${state === 'succeeded' ? 'success' : state}: ${name}`
        const message = { event: 'client robot message', value, ...(answers && { ...idOf(run.frame), state }) }
        if (run.frame.jobId !== undefined) this.#remember(run.frame, message)
        for (let i = 0; i < (twice ? 2 : 1); i++) this.#say(message)
    }

    #tell(frame: Frame, state: string, more: object = {}): void {
        if (this.#o.answers) this.#say({ event: 'client robot message', ...idOf(frame), state, ...more })
    }

    #say(frame: object): void {
        if (this.#client?.readyState === WebSocket.OPEN) this.#client.send(JSON.stringify(frame))
        else this.#unsaid.push(frame)
    }

    #find(frame: Frame): Run | undefined {
        return [...this.#runs].find((run) => keyOf(run.frame) === keyOf(frame))
    }

    #remember(frame: Frame, message: object): void {
        this.#answers.set(keyOf(frame), message)
        for (const oldest of this.#answers.keys()) if (this.#answers.size > MOST_REMEMBERED) this.#answers.delete(oldest)
    }
}

const idOf = ({ jobId, fence }: Frame) => ({ jobId, fence })
const keyOf = ({ jobId, fence }: Frame): string => JSON.stringify([jobId, fence])
const nameOf = ({ value }: Frame): string => String(value?.package_name ?? 'a package')

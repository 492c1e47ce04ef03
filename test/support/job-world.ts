import { existsSync } from 'node:fs'
import { LocalBus } from '../../src/bus/index.ts'
import type { Handshake, JobDelivery, Running } from '../../src/jobs/handshake.ts'
import type { Answer, Job, Reported } from '../../src/jobs/job.ts'
import { Jobs, type JobsSettings } from '../../src/jobs/jobs.ts'
import type { Delivered } from '../../src/jobs/machine.ts'
import { defaultPolicy, type JobPolicy } from '../../src/jobs/policy.ts'
import type { Schedule } from '../../src/jobs/schedule.ts'
import type { Attempt, PortOptions } from '../../src/jobs/targets.ts'
import type { Store } from '../../src/stores.ts'
import { Tasks } from '../../src/tasks/index.ts'
import { workbench } from '../src/store/open.ts'
import { PacedWorld } from './paced-world.ts'

interface WorldOptions extends PortOptions {
    /** Whether the store outlives a process. */
    isLasting?: boolean
    settings?: JobsSettings
    /** Whether nobody is attached at first. */
    isIdle?: boolean
}

/** A robot, as its protocol has it to us. */
export class TestRobot {
    readonly id: string
    readonly #world: JobWorld
    isConnected = false
    /** Whether it takes what it is sent without getting it, as its connection is half open. */
    isDeaf = false
    /** What it is sent, in the order of it. */
    readonly arrivals: { id: string; fence: number; attempt: number; at: number }[] = []
    /** The jobs that it runs, with their fences. */
    readonly running = new Map<string, number>()
    /** The jobs that it was asked to end. */
    readonly asked: string[] = []
    /** What it does with a job; nothing unless told otherwise. */
    take: (attempt: Attempt) => Delivered = () => 'sent'

    constructor(world: JobWorld, id: string) {
        this.#world = world
        this.id = id
    }

    /** It connects, and says what it runs unless told otherwise. */
    connect(saysWhatRuns = true): Promise<Handshake> {
        this.isConnected = true
        this.isDeaf = false
        const running: Running[] = [...this.running].map(([jobId, fence]) => ({ jobId, fence }))
        return this.#world.delivery.connect(this.id, saysWhatRuns ? running : undefined)
    }

    leave(): void {
        this.isConnected = false
        this.#world.delivery.disconnect(this.id)
    }

    send(attempt: Attempt): Delivered {
        if (!this.isConnected) return 'away'
        if (this.isDeaf) return 'sent'
        const { job, fence, attempt: count } = attempt
        this.arrivals.push({ id: job.id, fence, attempt: count, at: this.#world.clock.now() })
        this.running.set(job.id, fence)
        return this.take(attempt)
    }

    /** It says something of a job that it has got. */
    say(id: string, status: Answer['status'], more: Partial<Answer> = {}): Promise<Reported> {
        const fence = this.arrivals.findLast((one) => one.id === id)?.fence
        if (status !== 'accepted' && status !== 'running') this.running.delete(id)
        return this.#world.jobs.report({ target: this.id, jobId: id, fence, status, ...more })
    }
}

/** A store, a clock that the test moves, robots without a network, and jobs for them; the process can be killed. */
export class JobWorld extends PacedWorld {
    /** Where syncing the disk costs nothing, if there is such a place. */
    readonly bench = workbench(existsSync('/dev/shm') ? '/dev/shm' : undefined)
    readonly logged: string[] = []
    /** What was told to have ended, in the order of it. */
    readonly ended: Job[] = []
    /** What was told on the bus. */
    readonly steps: { id: string; step: string; status: string }[] = []
    readonly restarts: unknown[] = []
    /** What flows were given. */
    readonly messages: Attempt[] = []
    readonly robots = new Map<string, TestRobot>()
    store: Store
    jobs!: Jobs
    delivery!: JobDelivery
    random = () => 0
    canAsk = true
    closing = new AbortController()
    readonly #options: WorldOptions
    #ids = 0
    /** Counts processes: what one says that was killed does not matter. */
    #life = 0
    #tasks!: Tasks

    constructor(options: WorldOptions = {}) {
        super()
        this.#options = options
        this.store = this.#open()
        this.start(!options.isIdle)
    }

    start(isAttached = true): void {
        const { clock, store } = this
        const life = this.#life
        const log = (text: string) => void (life === this.#life && this.logged.push(text))
        const bus = new LocalBus({ clock, log })
        const { settings } = this.#options
        const common = { clock, bus, log, newId: () => `j${++this.#ids}`, random: () => this.random(), ...(settings && { settings }) }
        const onHealth: Store['onHealth'] = (listener, aborted) => store.onHealth(listener, aborted)
        this.jobs = new Jobs({ ...common, onHealth, name: 'robots', tasks: this.#tasks, repository: store.jobs })
        const { signal } = this.closing
        bus.subscribe<Record<string, unknown>>(this.jobs.topic, (event) => this.#hear(event), signal)
        this.jobs.onEnded((job) => life === this.#life && this.ended.push(job), signal)
        if (isAttached) this.attach()
    }

    attach(): void {
        const send = (attempt: Attempt): Delivered => {
            const { target } = attempt.job
            if (target !== '') return this.robot(target).send(attempt)
            this.messages.push(attempt)
            return 'sent'
        }
        const cancel = ({ job }: Attempt) => void this.robot(job.target).asked.push(job.id)
        this.delivery = this.jobs.attach({ send, ...(this.canAsk && { cancel }) }, this.#options, this.closing.signal)
    }

    #hear({ changes = [], restart }: { changes?: { job: Job; step: string }[]; restart?: unknown }): void {
        for (const { job, step } of changes) this.steps.push({ id: job.id, step, status: job.status })
        if (restart) this.restarts.push(restart)
    }

    /** A process has one of the workers' common part for each store. */
    #open(): Store {
        const { clock } = this
        const store = this.bench.open(this.#options.isLasting ? this.bench.file() : ':memory:')
        const life = this.#life
        const log = (text: string) => void (life === this.#life && this.logged.push(text))
        this.#tasks = new Tasks({ clock, log, newId: () => 'w', repository: store.tasks, ready: (aborted) => store.ready(aborted) })
        return store
    }

    robot(id: string): TestRobot {
        const robot = this.robots.get(id) ?? new TestRobot(this, id)
        this.robots.set(id, robot)
        return robot
    }

    /** Adds a job that is due in so many milliseconds. @param target a robot's id; '' for a message */
    add(target: string, ms: number, policy: Partial<JobPolicy> = {}, schedule?: Schedule, more: object = {}): Promise<Job> {
        const given = schedule ?? { date: '15-7', time: '9:00', timeZone: 'UTC', overlap: 'earlier' as const }
        return this.until(
            this.jobs.add({
                ...{ target, targetName: target, name: 'package', payload: { package_name: 'package', path: 'a/b', ...more } },
                schedule: given,
                dueAt: this.clock.now() + ms,
                policy: { ...defaultPolicy, ...policy },
            }),
        )
    }

    async get(id: string): Promise<Job> {
        return (await this.until(this.jobs.get(id)))!
    }

    /** The steps of a job as the store has them, in a line. */
    async story(id: string): Promise<string> {
        return (await this.until(this.jobs.history(id))).map(({ step }) => step).join(' ')
    }

    /** The process is gone, with its connections and all that it had in memory; another one takes over what is in the store. */
    async kill(isAttached = true): Promise<void> {
        for (const robot of this.robots.values()) robot.isConnected = false
        this.#life++
        // Nothing that it does from now on reaches the store.
        await this.until(this.store.close())
        this.closing.abort()
        this.closing = new AbortController()
        this.store = this.#open()
        this.start(isAttached)
        await this.idle()
    }

    async clear(): Promise<void> {
        this.closing.abort()
        await this.bench.clear()
    }
}

import assert from 'node:assert/strict'
import type { Job } from '../../../src/jobs/job.ts'
import { JobWorld, type TestRobot } from '../../support/job-world.ts'
import { random } from '../../support/random.ts'
import { onPostgres } from '../store/open.ts'

/** There each commit is a way over the network. */
const RUNS = onPostgres ? 1 : 6
const ROBOTS = 40
const STEPS = 25
const IN_FLIGHT = 2

/** One process after the other, with robots that do what robots do. */
class Course {
    readonly world: JobWorld
    /** Those that were added, as far as anybody knows. */
    readonly given: Job[] = []
    /** Answers that counted, by job. */
    readonly ends = new Map<string, string[]>()
    /** Jobs that were sent after their answer. */
    readonly wrong: string[] = []
    readonly draw: () => number
    #pending: Promise<unknown>[] = []
    kills = 0

    constructor(seed: number) {
        this.draw = random(seed)
        this.world = new JobWorld({ isLasting: true, inFlight: IN_FLIGHT, jitter: 200 })
        this.world.random = this.draw
        for (let i = 0; i < ROBOTS; i++) this.#teach(this.world.robot(`r${i}`))
    }

    pick<T>(list: readonly T[]): T {
        return list[Math.floor(this.draw() * list.length)]!
    }

    /** A robot succeeds or fails, at once, late, twice or not at all; or it answers for a job of another robot, or of an attempt before. */
    #teach(robot: TestRobot): void {
        robot.take = ({ job, fence }) => {
            if ((this.ends.get(job.id) ?? []).length > 0) this.wrong.push(`${job.id} was sent after its answer`)
            for (const status of this.pick([
                ['succeeded'],
                ['accepted', 'succeeded'],
                ['running', 'succeeded', 'succeeded'],
                ['failed'],
                ['rejected', 'succeeded'],
                ['running'],
                ['cancelled'],
                [],
            ] as const)) {
                const after = this.pick([1, 1, 5, 60, 900, 4000])
                const from = this.draw() < 0.1 ? `r${Math.floor(this.draw() * ROBOTS)}` : robot.id
                const of = this.draw() < 0.1 ? fence - 1 : fence
                this.world.clock.after(after, () => this.#say(from, job, of, status))
            }
            return this.pick(['sent', 'confirmed'])
        }
    }

    #say(
        target: string,
        { id }: Job,
        fence: number,
        status: 'accepted' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'rejected',
    ): void {
        const robot = this.world.robot(target)
        if (!robot.isConnected) return
        if (status !== 'accepted' && status !== 'running') robot.running.delete(id)
        const told = this.world.jobs.report({ target, jobId: id, fence, status }).then(
            ({ taken, job }) => {
                if (taken && (job!.fence !== fence || job!.target !== target)) this.wrong.push(`${id} took an answer to attempt ${fence}`)
                if (taken && job!.status === 'succeeded') this.ends.set(id, [...(this.ends.get(id) ?? []), status])
            },
            (error: { code: string }) => assert.equal(error.code, 'STORE_UNAVAILABLE'),
        )
        this.#pending.push(told)
    }

    #give(robot: TestRobot): void {
        const { world } = this
        const policy = {
            ...{ attempts: this.pick([1, 2, 5]), timeout: this.pick([300, 2000]), backoff: this.pick([10, 300]), cancelGrace: 300 },
            ...{ ttl: this.pick([null, null, 3000]), misfire: this.pick(['runOnce', 'runOnce', 'skip', 'grace'] as const), grace: 100 },
            priority: this.pick([0, 0, 0, 1]),
        }
        const adding = world.jobs.add({
            ...{ target: robot.id, targetName: '', name: '', payload: {} },
            schedule: { date: '', timeZone: 'UTC', overlap: 'earlier' },
            dueAt: world.clock.now() + this.pick([0, 20, 400, 3000]),
            policy,
        } as Parameters<typeof world.jobs.add>[0])
        const told = adding.then(
            (job) => void this.given.push(job),
            (error: { code: string }) => assert.equal(error.code, 'STORE_UNAVAILABLE'),
        )
        this.#pending.push(told)
    }

    #act(robot: TestRobot): void {
        const { world } = this
        const act = this.pick([
            'give',
            'give',
            'give',
            'give',
            'give',
            'give',
            'come',
            'come',
            'come',
            'mute',
            'go',
            'deaf',
            'forget',
            'control',
        ] as const)
        if (act === 'give') this.#give(robot)
        if (act === 'come') this.#pending.push(robot.connect())
        if (act === 'mute') this.#pending.push(robot.connect(false))
        if (act === 'go') robot.leave()
        if (act === 'deaf') robot.isDeaf = true
        if (act === 'forget') robot.running.clear()
        const own = this.given.filter(({ target }) => target === robot.id)
        if (act !== 'control' || own.length === 0) return
        const { id } = this.pick(own)
        const done = this.pick([world.jobs.cancel, world.jobs.force, world.jobs.force, world.jobs.retry]).call(world.jobs, id)
        this.#pending.push(done.catch((error: { status: number }) => assert.ok([409, 503].includes(error.status))))
    }

    async run(): Promise<void> {
        const { world } = this
        const robots = [...world.robots.values()]
        for (let step = 0; step < STEPS; step++) {
            for (const robot of robots) if (this.draw() < 0.5) this.#act(robot)
            if (this.draw() < 0.1) {
                this.kills++
                await world.kill()
                this.#pending = []
            }
            await world.pass(this.pick([10, 60, 300, 1500]), 500, 1)
            for (const { id } of robots) {
                const flying = await world.until(world.store.jobs.inFlight('robots', id, 100))
                if (flying.length > IN_FLIGHT) this.wrong.push(`${flying.length} at once at ${id}`)
            }
        }
        await world.until(Promise.all(this.#pending))
        for (const robot of robots) {
            robot.take = () => 'confirmed'
            robot.running.clear()
            await world.until(robot.connect())
        }
        // Robots that say nothing any more: whatever is under way ends by its timeouts.
        await world.pass(120_000, 1000, 1)
    }
}

describe('jobs, whatever happens', () => {
    const statuses = new Map<string, number>()
    let kills = 0
    let compared = 0
    let world: JobWorld
    afterEach(() => world.clear())

    for (let seed = 1; seed <= RUNS; seed++)
        it(`are not lost, not sent after their answer, and go in order, so many at a time (${seed})`, async function () {
            this.timeout(120_000)
            const course = new Course(seed)
            world = course.world
            await course.run()
            kills += course.kills
            assert.deepEqual(course.wrong, [])
            for (const given of course.given) {
                const job = await world.get(given.id)
                assert.ok(job, `${given.id} is gone`)
                statuses.set(job.status, (statuses.get(job.status) ?? 0) + 1)
                const what = `${JSON.stringify(job)} ${await world.story(job.id)}`
                assert.ok(job.endedAt, `never ended: ${what}`)
                assert.ok(job.attempt <= job.policy.attempts, what)
                const answers = course.ends.get(job.id) ?? []
                assert.ok(answers.length <= 1, what)
                if (answers.length === 1) assert.equal(job.status, 'succeeded', what)
                if (job.status === 'succeeded') assert.ok(job.sentAt !== null, what)
            }
            for (const robot of world.robots.values()) checkArrivals(course, robot)
            compared += await checkOrder(course)
            assert.deepEqual(world.logged, [])
        })

    /** Attempts of a job have ascending fences. */
    function checkArrivals(course: Course, robot: TestRobot): void {
        const fences = new Map<string, number>()
        for (const { id, fence } of robot.arrivals) {
            assert.ok(fence > (fences.get(id) ?? 0), `${id}: ${fence}`)
            fences.set(id, fence)
            assert.equal(course.given.find((one) => one.id === id)?.target ?? robot.id, robot.id)
        }
    }

    /** Nobody was sent for the first time while somebody waited who came before. */
    async function checkOrder(course: Course): Promise<number> {
        let compared = 0
        for (const jobs of Map.groupBy(course.given, ({ target }) => target).values()) {
            const lives = await Promise.all(
                jobs.map(async (job, seq) => {
                    const history = await world.until(world.jobs.history(job.id))
                    const at = (step: string) => history.find((entry) => entry.step === step)?.at ?? Number.POSITIVE_INFINITY
                    // One that was forced takes its place when it was.
                    const ready = Math.min(at('forced'), job.dueAt)
                    // And one that had ended and was tried again did not wait all the time.
                    const due = at('revived') <= at('sent') ? Number.POSITIVE_INFINITY : Math.min(at('forced'), at('due'))
                    return { job, seq, ready, due, sent: at('sent') }
                }),
            )
            for (const one of lives)
                for (const other of lives) {
                    if (!(other.due < one.sent && one.sent < other.sent) || other.sent === Number.POSITIVE_INFINITY) continue
                    compared++
                    const [a, b] = [one.job, other.job]
                    const isFirst = b.policy.priority - a.policy.priority || one.ready - other.ready || one.seq - other.seq
                    assert.ok(isFirst <= 0, `${b.id} waited when ${a.id} was sent: ${JSON.stringify([one, other])}`)
                }
        }
        return compared
    }

    after(() => {
        for (const status of ['succeeded', 'failed', 'cancelled', 'expired'])
            assert.ok(statuses.get(status)! > 5 * RUNS, `${status}: ${JSON.stringify([...statuses])}`)
        assert.ok(kills >= RUNS, `${kills} kills`)
        assert.ok(compared > 10 * RUNS, `${compared} were compared`)
    })
})

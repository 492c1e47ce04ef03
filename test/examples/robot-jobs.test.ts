import assert from 'node:assert/strict'
import { EventClient } from '../support/event-client.ts'
import type { Frame, JobRobot } from '../support/job-robot.ts'
import { eventually, JobServer, trigger, wrongTriggers } from '../support/job-server.ts'

const steps = (job: Frame): string[] => job.history.map(({ step }: Frame) => step)

describe('the example robot-jobs', () => {
    let server: JobServer
    let robots: JobRobot[] = []
    before(async () => {
        server = await JobServer.start({ JOBS_BACKOFF: '50 ms', JOBS_CANCEL_GRACE: '300 ms' })
    })
    after(() => server?.red.stop())
    afterEach(async () => {
        await Promise.all(robots.map((robot) => robot.leave()))
        robots = []
    })

    async function come(address: string, more: object = {}): Promise<JobRobot> {
        const robot = await server.robot(address, more)
        robots.push(robot)
        return robot
    }
    const statusOf = async (method: string, path: string, body?: unknown) => (await server.ask(method, path, body)).status

    it('sends a robot of the seed its package at the time, and ends with what it says', async () => {
        const robot = await come('001AFFDB45C2')
        const { status, body } = await server.ask('POST', '/jobs', trigger('001AFFDB45C2'))
        const berlin = new Date(body.dueAt).toLocaleString('sv', { timeZone: 'Europe/Berlin' })
        assert.match(berlin, /^\d{4}-07-15 09:00:00$/)
        assert.ok(Date.parse(body.dueAt) > Date.now() && Date.parse(body.dueAt) < Date.now() + 366 * 86_400_000)
        assert.deepEqual(await server.package(body.jobId), trigger('').Package)
        assert.deepEqual([status, (await server.job(body.jobId)).status], [201, 'scheduled'])
        // That it is still months until then is no reason to wait for it.
        assert.equal((await server.ask('PUT', '/jobs/clock', { at: Date.parse(body.dueAt) - 300 })).status, 200)
        assert.deepEqual(await robot.hears(1), [{ event: 'notification', value: trigger('').Package }])
        robot.tell('Package received successfully')
        const job = await server.becomes(body.jobId, 'succeeded')
        assert.deepEqual(steps(job), ['scheduled', 'due', 'sent', 'succeeded'])
        assert.ok(job.lateness >= 0 && job.lateness < 5000, `${job.lateness} ms late`)
        assert.deepEqual([job.attempt, job.dueAt], [1, body.dueAt])
        assert.deepEqual(job.robot, { robot_name: 'Robot 001AFFDB45C2', robot_address: '001AFFDB45C2' })
        const ended = new RegExp(`^${body.dueAt.slice(0, 13)}\\S+Z job ${body.jobId} for \\w+ is succeeded`, 'm')
        await eventually(async () => ended.test(await server.log()))
        assert.match(await server.log(), /robot 001AFFDB45C2 says: Package received successfully/)
    })

    it('names all that is wrong with a trigger, and keeps nothing of it', async () => {
        const count = async () => (await server.ask('GET', '/jobs?limit=1000')).body.jobs.length
        const [jobs, files] = [await count(), await server.files()]
        const { status, body } = await server.ask('POST', '/jobs', {
            Package: { package_name: '../x', path: '/etc/passwd' },
            Robot: { robot_name: 7 },
            Schedule: { date: '31-2', time: '25:00:00' },
        })
        assert.equal(status, 422)
        const paths = body.errors.map(({ path }: Frame) => path).sort()
        const expected = 'Package.package_name Package.path Robot.robot_address Robot.robot_name Schedule.date Schedule.time'
        assert.deepEqual(paths, expected.split(' '))
        for (const more of wrongTriggers) {
            const answer = await server.ask('POST', '/jobs', { ...trigger('r'), ...more })
            assert.equal(answer.status, 422, JSON.stringify(more).slice(0, 100))
            assert.ok(answer.body.errors.length > 0 && answer.body.message, JSON.stringify(answer.body))
        }
        assert.deepEqual([await count(), await server.files()], [jobs, files])
    })

    it('takes each way of writing a time, and tells the next runs', async () => {
        const runs = async (Schedule: object, count = 1) => (await server.ask('POST', '/jobs/preview', { Schedule, count })).body.runs
        assert.deepEqual(await runs({ date: '15-7-2090', time: '09:00' }), ['2090-07-15T07:00:00.000Z'])
        assert.deepEqual(await runs({ date: '2090-01-15', time: '9:00:00' }), ['2090-01-15T08:00:00.000Z'])
        assert.deepEqual(await runs({ date: '2090-01-15T09:00:00Z' }), ['2090-01-15T09:00:00.000Z'])
        assert.deepEqual(await runs({ date: '15-7-2090', time: '09:00', timeZone: 'America/New_York' }), ['2090-07-15T13:00:00.000Z'])
        assert.match((await runs({ date: '29-2', time: '12:00' }))[0], /^20\d\d-02-29T11:00:00/)
        assert.equal((await runs({ cron: '0 9 * * 1-5' }, 7)).length, 7)
        assert.equal(await statusOf('POST', '/jobs/preview', { Schedule: { date: '31-2' } }), 422)
        assert.equal(await statusOf('POST', '/jobs/preview', { Schedule: { cron: '0 9 * * *' }, count: 1000 }), 422)
    })

    it('lists jobs by status and robot, page by page', async () => {
        for (const day of [1, 2, 3, 4, 5]) await server.add('lister', { date: `${day}-1-2098`, time: '9:00' })
        const days = (jobs: Frame[]) => jobs.map(({ dueAt }) => Number(dueAt.slice(8, 10)))
        const first = (await server.ask('GET', '/jobs?robot=lister&status=scheduled,due&limit=2')).body
        assert.deepEqual(days(first.jobs), [1, 2])
        const second = (await server.ask('GET', `/jobs?robot=lister&limit=2&cursor=${first.next}`)).body
        assert.deepEqual(days(second.jobs), [3, 4])
        const last = (await server.ask('GET', `/jobs?robot=lister&limit=2&cursor=${second.next}`)).body
        assert.deepEqual([days(last.jobs), last.next], [[5], undefined])
        const latest = (await server.ask('GET', '/jobs?robot=lister&order=desc&to=2098-01-04')).body
        assert.deepEqual(days(latest.jobs), [3, 2, 1])
        assert.deepEqual((await server.ask('GET', '/jobs?robot=lister&status=failed')).body.jobs, [])
        for (const query of ['status=perhaps', 'limit=0', 'limit=1001', 'from=then', 'cursor=x', 'order=up'])
            assert.equal(await statusOf('GET', `/jobs?${query}`), 422, query)
    })

    it('cancels, forces and runs again, by the addresses of the seed and by better ones', async () => {
        const [one, two, three] = await Promise.all([1, 2, 3].map((day) => server.add('c1', { date: `${day}-2-2098`, time: '9:00' })))
        assert.equal((await server.ask('GET', `/jobs/cancel/${one}/`)).body.job.status, 'cancelled')
        assert.equal((await server.ask('DELETE', `/jobs/${two}`)).body.job.status, 'cancelled')
        const again = await server.ask('DELETE', `/jobs/${two}`)
        assert.deepEqual([again.status, await statusOf('GET', `/jobs/force/${one}/`)], [409, 409])
        assert.equal((await server.ask('GET', `/jobs/force/${three}/`)).body.job.status, 'due')
        assert.equal((await server.ask('POST', `/jobs/${one}/retry`)).body.job.status, 'due')
        assert.equal(await statusOf('POST', `/jobs/${one}/retry`), 409)
        const robot = await come('c1')
        await robot.hears(1)
        const sent = (await server.job(three!)).status === 'sent' ? three : one
        assert.equal(await statusOf('POST', `/jobs/${sent}/force`), 409)
        robot.tell(true)
        await robot.hears(2)
        robot.tell(true)
        for (const id of [one, three]) await server.becomes(id!, 'succeeded')
        assert.equal(await statusOf('POST', `/jobs/${three}/retry`), 409)
        const none = [
            'GET /jobs/x',
            'DELETE /jobs/x',
            'GET /jobs/cancel/x/',
            'GET /jobs/force/x/',
            'POST /jobs/x/force',
            'POST /jobs/x/retry',
        ]
        for (const [method, path] of none.map((one) => one.split(' '))) assert.equal(await statusOf(method!, path!), 404, path)
    })

    it('ends all of a repeating job, or one run of it', async () => {
        const id = await server.add('series', { cron: '0 9 1 1 *' })
        const one = (await server.ask('DELETE', `/jobs/${id}?series=false`)).body.job
        assert.equal(one.status, 'cancelled')
        const open = async () => (await server.ask('GET', '/jobs?robot=series&status=scheduled')).body.jobs
        const [next] = await open()
        assert.deepEqual([next.series, next.run, next.dueAt > one.dueAt], [id, 2, true])
        assert.equal((await server.ask('GET', `/jobs?series=${id}`)).body.jobs.length, 2)
        assert.equal(await statusOf('GET', `/jobs/cancel/${id}/`), 200)
        assert.deepEqual(await open(), [])
    })

    it('keeps a job for a robot that is away, and sends it again if it failed or the robot left', async () => {
        const id = await server.addDue('r1')
        assert.equal((await server.job(id)).phases.delivery, 'unsent')
        const robot = await come('r1')
        await robot.hears(1)
        robot.tell('failure: no room')
        await robot.hears(2)
        await robot.leave()
        const back = await come('r1')
        await back.hears(1)
        back.tell('success')
        const job = await server.becomes(id, 'succeeded')
        assert.deepEqual([job.attempt, (await server.robots()).r1!.connected], [3, true])
        await back.leave()
        await eventually(async () => {
            const { connected, connectedAt, disconnectedAt } = (await server.robots()).r1!
            return !connected && disconnectedAt > connectedAt
        })
    })

    it('gives up after so many attempts, and says so', async () => {
        const robot = await come('r2')
        const id = await server.addDue('r2', { Policy: { attempts: 2, backoff: 10 } })
        for (const count of [1, 2]) {
            await robot.hears(count)
            robot.tell('error 7')
        }
        const job = await server.becomes(id, 'failed')
        assert.deepEqual([job.attempt, job.cause], [2, 'FAILED'])
        await eventually(async () => (await server.log()).includes(`job ${id}: the job package-x74s-eg has failed`))
    })

    it('takes no answer that comes late, twice, from another robot or that tells nothing', async () => {
        const [robot, other] = [await come('r3', { answers: true }), await come('r4', { answers: true })]
        const id = await server.addDue('r3')
        const [{ jobId, fence, attempt, value }] = (await robot.hears(1)) as [Frame]
        assert.deepEqual([jobId, attempt, value], [id, 1, trigger('').Package])
        other.tell('success', { jobId, fence, state: 'succeeded' })
        robot.tell('perhaps', { jobId, fence })
        robot.tell('no', { jobId, fence, state: 'failed' })
        const [, second] = await robot.hears(2)
        assert.ok(second!.fence > fence && second!.attempt === 2)
        robot.tell('late', { jobId, fence, state: 'succeeded' })
        for (let i = 0; i < 2; i++) robot.tell('done', { jobId, fence: second!.fence, state: 'succeeded' })
        await server.becomes(id, 'succeeded')
        const expected = ['scheduled', 'forced', 'sent', 'foreign', 'retry', 'sent', 'late', 'succeeded', 'late']
        await eventually(async () => steps(await server.job(id)).length >= expected.length)
        assert.deepEqual(steps(await server.job(id)), expected)
        for (const code of ['LATE_ANSWER', 'FOREIGN_JOB', 'UNCLEAR_ANSWER'])
            await eventually(async () => (await server.log()).includes(code))
        assert.equal(robot.frames.length, 2)
    })

    it('asks a robot that answers to stop, and forces it if it does not', async () => {
        const robot = await come('r5', { answers: true })
        const id = await server.addDue('r5')
        const [{ fence }] = (await robot.hears(1)) as [Frame]
        robot.tell('half', { jobId: id, fence, state: 'running', progress: 50 })
        await eventually(async () => (await server.job(id)).progress?.percent === 50)
        const asked = (await server.ask('DELETE', `/jobs/${id}`)).body.job
        assert.deepEqual([asked.status, asked.cancelling], ['running', true])
        assert.deepEqual((await robot.hears(2))[1], { event: 'cancel', jobId: id, fence })
        robot.tell('stopped', { jobId: id, fence, state: 'cancelled' })
        assert.equal((await server.becomes(id, 'cancelled')).cause, 'CANCELLED')
        const stubborn = await server.addDue('r5')
        await robot.hears(3)
        await server.ask('GET', `/jobs/cancel/${stubborn}/`)
        assert.equal((await server.becomes(stubborn, 'cancelled')).cause, 'FORCED')
        const plain = await come('r6')
        const told = await server.addDue('r6')
        await plain.hears(1)
        assert.equal((await server.ask('DELETE', `/jobs/${told}`)).body.job.status, 'cancelled', 'which cannot be asked')
    })

    it('agrees with a robot that comes back on what it runs', async () => {
        const robot = await come('r7', { answers: true })
        const id = await server.addDue('r7')
        const [{ fence }] = (await robot.hears(1)) as [Frame]
        robot.tell('', { jobId: id, fence, state: 'running' })
        await server.becomes(id, 'running')
        const newer = await come('r7', {
            answers: true,
            running: [
                { jobId: id, fence, progress: 70 },
                { jobId: 'ghost', fence: 1 },
            ],
        })
        assert.equal(await robot.gone(), 1000)
        assert.deepEqual(await newer.hears(1), [{ event: 'cancel', jobId: 'ghost', fence: 1 }])
        assert.equal((await server.job(id)).progress.percent, 70)
        const lost = await come('r7', { answers: true, running: [] })
        const [again] = await lost.hears(1)
        assert.deepEqual([again!.jobId, again!.fence > fence], [id, true])
        lost.tell('', { jobId: id, fence: again!.fence, state: 'succeeded' })
        await server.becomes(id, 'succeeded')
        robots = [lost]
    })

    it('has one job at a time at a robot, by priority and then in order', async () => {
        const ids = []
        for (const priority of [0, 0, 5]) ids.push(await server.addDue('r8', { Policy: { priority } }))
        const robot = await come('r8', { answers: true })
        for (const count of [1, 2, 3]) {
            const frame = (await robot.hears(count))[count - 1]!
            assert.equal(robot.frames.length, count)
            robot.tell('', { jobId: frame.jobId, fence: frame.fence, state: 'succeeded' })
        }
        assert.deepEqual(
            robot.frames.map(({ jobId }) => jobId),
            [ids[2], ids[0], ids[1]],
        )
    })

    it('tells live what there is and what goes on, by server-sent events and WebSocket', async () => {
        const waits = await server.add('r9', { date: '1-1-2099', time: '9:00' })
        const robot = await come('r9')
        const reader = await EventClient.open(`${server.red.url}/robots/events`)
        const state = (await reader.first(({ event }) => event === 'state')).data.payload
        const { connected } = state.robots.find(({ robotAddress }: Frame) => robotAddress === 'r9')
        assert.ok(state.jobs.some(({ id }: Frame) => id === waits) && connected)
        assert.deepEqual([state.timeZone, typeof state.now], ['Europe/Berlin', 'string'])
        const { socket, frames } = await server.live()
        const id = await server.addDue('r9')
        await robot.hears(1)
        robot.tell('success')
        await reader.first(({ event, data }) => event === 'job' && data.topic === id && data.payload.status === 'succeeded')
        await robot.leave()
        await reader.first(({ event, data }) => event === 'robot' && data.topic === 'r9' && data.payload.connected === false)
        await reader.first(({ event, data }) => event === 'said' && data.topic === 'r9' && data.payload.text === 'success')
        await eventually(async () => frames.some(({ event, payload }) => event === 'job' && payload.status === 'succeeded'))
        assert.equal(frames[0]!.event, 'state')
        socket.close()
        reader.leave()
    })

    it('loses no job when it is killed, and sends none again after its answer', async () => {
        const sends = new Map<string, number>()
        const begun = (jobId: string) => sends.set(jobId, (sends.get(jobId) ?? 0) + 1)
        const working = ['k1', 'k2'].map((address) => server.simulated(address, begun))
        const ids: string[] = []
        for (let round = 0; round < 3; round++) {
            const at = (await server.now()) + 60_000
            const adding = Array.from({ length: 20 }, (_, i) =>
                server.add(i % 2 ? 'k1' : 'k2', { date: new Date(at).toISOString() }, { Policy: { attempts: 20, backoff: 1 } }),
            )
            ids.push(...(await Promise.all(adding)))
            await server.ask('PUT', '/jobs/clock', { at: at - 50 })
            if (round === 2) break
            await eventually(async () => sends.size > round * 20 + 3)
            await server.kill()
            await server.ask('PUT', '/jobs/clock', { at: at + 1000 })
        }
        for (const id of ids) await server.becomes(id, 'succeeded')
        for (const id of ids) {
            const done = steps(await server.job(id))
            assert.doesNotMatch(done.join(), /succeeded.*(sent|succeeded)/)
            const count = done.filter((step) => step === 'sent').length
            assert.ok(sends.get(id)! >= 1 && sends.get(id)! <= count, done.join())
        }
        for (const robot of working) robot.stop()
    })
})

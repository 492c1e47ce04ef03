import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import helper from 'node-red-node-test-helper'
import control from '../../nodes/job-control/runtime.ts'
import due from '../../nodes/job-due/runtime.ts'
import report from '../../nodes/job-report/runtime.ts'
import schedule from '../../nodes/job-schedule/runtime.ts'
import { eventually, scratch } from '../support/file.ts'
import { JobRobot } from '../support/job-robot.ts'
import { trigger } from '../support/job-server.ts'
import { Peers } from '../support/peers.ts'

const store = 'st'
const robotJobs = [
    { id: 'schedule', type: 'socketworks-job-schedule', store, wires: [['done'], ['refused']] },
    { id: 'due', type: 'socketworks-job-due', store, endpoint: 'e', wires: [['out'], ['refused'], ['message']] },
    { id: 'report', type: 'socketworks-job-report', store, wires: [['done'], ['refused']] },
    { id: 'now', type: 'socketworks-job-control', store, operation: 'force', wires: [['done'], ['refused']] },
]

describe('the nodes of jobs', () => {
    const peers = new Peers([schedule, due, report, control])
    const robots: JobRobot[] = []
    const servers: Server[] = []
    const folders: { clear(): void }[] = []

    before(() => helper.startServer())
    after(() => helper.stopServer())
    afterEach(async () => {
        for (const robot of robots.splice(0)) robot.client.terminate()
        for (const server of servers.splice(0)) server.close().closeAllConnections()
        await peers.unload()
        for (const folder of folders.splice(0)) folder.clear()
    })
    /** Wires *device in*. */
    const rewire = (wires: string[][]) => (helper.getNode('in') as unknown as { updateWires(wires: string[][]): void }).updateWires(wires)
    const receive = (id: string, payload: unknown, more: object = {}) => helper.getNode(id).receive({ payload, ...more } as never)

    it('fit together by their defaults: a trigger becomes a job, and the answer of the robot ends it', async () => {
        await peers.load({ endpoint: { protocol: 'robot' }, more: robotJobs })
        rewire([['report'], ['connected'], ['disconnected'], []])
        receive('schedule', trigger('r1'), { kept: 'as it was' })
        const scheduled = await peers.next('done')
        assert.deepEqual([scheduled.statusCode, scheduled.kept], [201, 'as it was'])
        await peers.shows('due', 'blue', /status\.jobsNext/)
        receive('now', scheduled.payload)
        assert.equal((await peers.next('done', 2)).payload.job.status, 'due')
        const robot = await JobRobot.come(peers.url('/devices'), 'r1')
        robots.push(robot)
        assert.deepEqual(await robot.hears(1), [{ event: 'notification', value: trigger('').Package }])
        await peers.shows('report', 'green', /status\.jobs/)
        robot.tell('success')
        const done = await peers.find('done', ({ payload }) => payload.job?.status === 'succeeded')
        assert.equal(done.payload.job.id, scheduled.payload.jobId)
        await peers.shows('schedule', 'grey', 'common.status.noJobs')
        const changes = peers.heard('message').filter(({ event }) => event === 'job')
        assert.deepEqual([changes[0]!.topic, changes.at(-1)!.payload.status], [done.payload.job.id, 'succeeded'])
        robot.tell('success')
        const late = await peers.next('refused')
        assert.deepEqual([late.statusCode, late.refusal.code], [404, 'JOB_NOT_FOUND'])
    })

    it('tell by output 2 of job due what has failed, and refuse what is wrong', async () => {
        await peers.load({ endpoint: { protocol: 'robot' }, more: robotJobs })
        rewire([['report'], [], [], []])
        const robot = await JobRobot.come(peers.url('/devices'), 'r1')
        robots.push(robot)
        receive('schedule', { ...trigger('r1'), Policy: { attempts: 1 } })
        receive('now', (await peers.next('done')).payload)
        await robot.hears(1)
        robot.tell('an error')
        const failed = await peers.find('refused', ({ refusal }) => refusal.code === 'JOB_FAILED')
        assert.deepEqual([failed.statusCode, failed.topic, failed.payload.job.cause], [502, 'r1', 'FAILED'])
        assert.deepEqual(failed.refusal.payload, trigger('').Package)
        receive('schedule', { ...trigger('r1'), Schedule: '15-7 25:00' })
        const { statusCode, payload } = await peers.find('refused', ({ refusal }) => refusal.code === 'BAD_INPUT')
        assert.deepEqual([statusCode, payload.errors.map(({ path }: { path: string }) => path)], [422, ['Schedule.time']])
        receive('report', 'success', {})
        await peers.find('refused', ({ payload }) => payload.errors?.[0].path === 'id')
    })

    it('look at a package once more when it is due, and send none that was cancelled meanwhile', async () => {
        const good = (response: ServerResponse): void => void response.writeHead(200, { 'content-length': 3 }).end()
        let answer = good
        const files = createServer((_request, response) => answer(response)).listen(0, '127.0.0.1')
        await once(files, 'listening')
        servers.push(files)
        const path = `http://127.0.0.1:${(files.address() as AddressInfo).port}/p`
        const stop = { id: 'stop', type: 'socketworks-job-control', store, operation: 'cancel', wires: [['done'], ['refused']] }
        await peers.load({ endpoint: { protocol: 'robot' }, more: [...robotJobs, stop] })
        rewire([['report'], [], [], []])
        const robot = await JobRobot.come(peers.url('/devices'), 'r1')
        robots.push(robot)
        let count = 0
        const done = async (id: string, payload: unknown) => {
            receive(id, payload)
            return (await peers.next('done', ++count)).payload
        }
        const remote = { ...trigger('r1'), Package: { package_name: 'p', path } }
        const gone = await done('schedule', remote)
        answer = (response) => void response.writeHead(404).end()
        await done('now', gone)
        const { payload } = await peers.find('refused', ({ refusal }) => refusal.code === 'JOB_FAILED')
        assert.deepEqual([payload.job.id, payload.job.cause], [gone.jobId, 'NOT_DELIVERED'])
        assert.match(payload.message, /Package\.path cannot be had: the server answers with 404/)
        answer = good
        const unwanted = await done('schedule', remote)
        const asked = new Promise<ServerResponse>((resolve) => {
            answer = resolve
        })
        await done('now', unwanted)
        const held = await asked
        assert.equal((await done('stop', unwanted)).job.status, 'cancelled')
        good(held)
        await done('now', await done('schedule', trigger('r1')))
        assert.deepEqual(await robot.hears(1), [{ event: 'notification', value: trigger('').Package }])
    })

    it('keep a copy of each package for as long as there is its job, and no more of them than they may', async () => {
        const folder = scratch()
        folders.push(folder)
        const filing = { ...robotJobs[0], folder: folder.root, folderSpace: '1' }
        const bin = { id: 'bin', type: 'socketworks-job-control', store, operation: 'delete', wires: [['done'], ['refused']] }
        const stop = { id: 'stop', type: 'socketworks-job-control', store, operation: 'cancel', wires: [['done'], ['refused']] }
        await peers.load({ endpoint: { protocol: 'robot' }, more: [filing, ...robotJobs.slice(1), bin, stop] })
        receive('schedule', trigger('r1'))
        const { payload: made } = await peers.next('done', 1)
        await writeFile(join(folder.root, 'notes'), 'x')
        const file = join(folder.root, `${made.jobId}.json`)
        assert.deepEqual(JSON.parse(await readFile(file, 'utf8')), trigger('r1').Package)
        receive('stop', made)
        await peers.next('done', 2)
        receive('bin', made)
        await peers.next('done', 3)
        await eventually(async () => (await readdir(folder.root)).join() === 'notes')
        const large = { ...trigger('r1').Package, more: 'x'.repeat(60_000) }
        for (let i = 0; i < 18; i++) receive('schedule', { ...trigger('r1'), Package: large })
        const { statusCode, payload } = await peers.find('refused', ({ refusal }) => refusal.code === 'FOLDER_FULL')
        assert.equal(statusCode, 507)
        assert.match(payload.message, /would have more than 1048576 bytes: delete jobs/)
        await peers.next('done', 20)
        assert.equal((await readdir(folder.root)).length, 18)
    })

    it('send a message at a time, in any flow', async () => {
        const more = [
            { id: 'schedule', type: 'socketworks-job-schedule', store, queue: 'chores', kind: 'message', wires: [['done'], ['refused']] },
            { id: 'due', type: 'socketworks-job-due', store, queue: 'chores', wires: [['message'], [], ['connected']] },
            { id: 'now', type: 'socketworks-job-control', store, queue: 'chores', operation: 'force', wires: [['done'], ['refused']] },
            { id: 'all', type: 'socketworks-job-control', store, queue: 'chores', operation: 'list', wires: [['done'], ['refused']] },
        ]
        await peers.load({ more })
        const soon = new Date(Date.now() + 50).toISOString()
        receive('schedule', { water: 3 }, { topic: 'garden', schedule: soon })
        const message = await peers.next('message')
        assert.deepEqual([message.payload, message.topic, message.job.attempt, message.job.dueAt], [{ water: 3 }, 'garden', 1, soon])
        receive('schedule', 'again', { topic: 'garden', schedule: '0 9 * * 1-5' })
        const { payload } = await peers.find('done', ({ payload }) => payload.dueAt > soon)
        receive('now', payload)
        assert.equal((await peers.next('message', 2)).payload, 'again')
        await peers.find('connected', ({ payload }) => payload.status === 'succeeded' && payload.dueAt > soon)
        receive('all', { status: 'scheduled,succeeded' })
        const { jobs } = (await peers.find('done', ({ payload }) => payload.jobs)).payload
        assert.deepEqual(
            jobs.map(({ name, status }: Record<string, string>) => [name, status]),
            [
                ['garden', 'succeeded'],
                ['garden', 'succeeded'],
                ['garden', 'scheduled'],
            ],
        )
    })

    it('have one job for a key, and find it by that', async () => {
        const key = { key: 'lamp', keyType: 'str' }
        const given = { queue: 'chores', kind: 'message', schedule: '0 9 * * *', scheduleType: 'str', ...key }
        const control = (operation: string) => ({
            id: `to ${operation}`,
            type: 'socketworks-job-control',
            store,
            queue: 'chores',
            operation,
            ...key,
        })
        const wires = [['done'], ['refused']]
        const more = [{ id: 'schedule', type: 'socketworks-job-schedule', store, ...given }, control('cancel'), control('get')]
        await peers.load({ endpoint: {}, more: more.map((node) => ({ ...node, wires })) })
        const done = async (id: string, count: number, payload: unknown = 'on') => {
            receive(id, payload)
            return await peers.next('done', count)
        }
        const first = await done('schedule', 1)
        const same = await done('schedule', 2)
        assert.deepEqual([first.statusCode, same.statusCode, same.payload], [201, 200, first.payload])
        const other = await done('schedule', 3, 'off')
        assert.notEqual(other.payload.jobId, first.payload.jobId)
        const { job } = (await done('to get', 4)).payload
        assert.deepEqual([job.id, job.key, job.payload], [other.payload.jobId, 'lamp', 'off'])
        assert.equal((await done('to cancel', 5)).payload.job.status, 'cancelled')
        receive('to cancel', '')
        await peers.find('refused', ({ refusal }) => refusal.code === 'JOB_ENDED')
    })

    it('set no clock unless they may', async () => {
        const more = [{ id: 'time', type: 'socketworks-job-control', store, operation: 'clock', wires: [['done'], ['refused']] }]
        await peers.load({ more })
        receive('time', {})
        assert.ok(Math.abs(Date.parse((await peers.next('done')).payload.now) - Date.now()) < 60_000)
        receive('time', { at: '2090-01-01' })
        assert.equal((await peers.next('refused')).refusal.code, 'CLOCK_NOT_SETTABLE')
    })
})

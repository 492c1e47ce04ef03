import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import { SimulatedRobot } from '../../simulators/robot/robot.ts'
import { JobRobot } from './job-robot.ts'
import { type RunningNodeRed, type StartOptions, startNodeRed } from './node-red.ts'
import { type Answer, example } from './service.ts'

type Job = Record<string, any>

/** The robot job server as its users have it: Node-RED with the example flow, in Berlin. */
export class JobServer {
    red!: RunningNodeRed
    #options: StartOptions = {}

    static async start(env: Record<string, string> = {}): Promise<JobServer> {
        const server = new JobServer()
        server.#options = { flows: await example('robot-jobs'), env: { TZ: 'Europe/Berlin', JOBS_CLOCK_SETTABLE: 'true', ...env } }
        server.red = await startNodeRed(server.#options)
        server.#options = { ...server.#options, port: server.red.port, userDir: server.red.userDir }
        return server
    }

    /** Ends the process at once, and starts another on the same files. */
    async kill(): Promise<void> {
        await this.red.kill()
        this.red = await startNodeRed(this.#options)
    }

    get url(): string {
        return `${this.red.url.replace('http', 'ws')}/robots`
    }

    /** A robot, once the server knows who it is. */
    async robot(address: string, more: object = {}): Promise<JobRobot> {
        const before = (await this.robots())[address]?.connectedAt
        const robot = await JobRobot.come(this.url, address, more)
        await eventually(async () => {
            const { connected, connectedAt } = (await this.robots())[address] ?? {}
            return connected && connectedAt !== before
        })
        return robot
    }

    /** One that does what it gets, answers twice and comes back. @param begun is told of each job that it begins */
    simulated(robotAddress: string, begun: (jobId: string) => void): SimulatedRobot {
        const usual = {
            robotName: robotAddress,
            userID: 4,
            answers: true,
            outcome: 'success',
            fail: 0,
            takes: 4,
            late: 0,
            twice: true,
        } as const
        const robot = new SimulatedRobot({
            ...usual,
            url: this.url,
            robotAddress,
            stubborn: false,
            drop: 0,
            reconnect: 50,
            random: Math.random,
        })
        robot.on('began', (_name, jobId) => begun(jobId!))
        return robot
    }

    async robots(): Promise<Record<string, Job>> {
        const { robots } = (await this.ask('GET', '/robots/list')).body
        return Object.fromEntries(robots.map((one: Job) => [one.robotAddress, one]))
    }

    /** What its clock says, in milliseconds since 1970. */
    async now(): Promise<number> {
        return Date.parse((await this.ask('GET', '/robots/list')).body.now)
    }

    async ask(method: string, path: string, body?: unknown): Promise<Answer> {
        const response = await fetch(`${this.red.url}${path}`, {
            method,
            ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
        })
        return { status: response.status, headers: response.headers, body: JSON.parse((await response.text()) || 'null') }
    }

    /** Triggers a job. @returns its id */
    async add(address: string, schedule: object = { cron: '0 0 1 1 *' }, more: object = {}): Promise<string> {
        const { status, body } = await this.ask('POST', '/jobs', { ...trigger(address), Schedule: schedule, ...more })
        if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`)
        return body.jobId
    }

    /** Triggers a job that is due at once. */
    async addDue(address: string, more: object = {}): Promise<string> {
        const id = await this.add(address, { date: '1-1-2099', time: '9:00' }, more)
        await this.ask('POST', `/jobs/${id}/force`)
        return id
    }

    async job(id: string): Promise<Job> {
        return (await this.ask('GET', `/jobs/${id}`)).body.job
    }

    /** A job, once it has such a status. */
    async becomes(id: string, ...statuses: string[]): Promise<Job> {
        let job: Job = {}
        await eventually(
            async () => {
                job = await this.job(id)
                return statuses.includes(job.status)
            },
            () => `the job is ${JSON.stringify(job)}`,
        )
        return job
    }

    async files(): Promise<string[]> {
        return await readdir(join(this.red.userDir, 'packages')).catch(() => [])
    }

    async package(id: string): Promise<unknown> {
        return JSON.parse(await readFile(join(this.red.userDir, 'packages', `${id}.json`), 'utf8'))
    }

    /** A reader by WebSocket, once it was told what there is. */
    async live(): Promise<{ socket: WebSocket; frames: Job[] }> {
        const socket = new WebSocket(`${this.url}/events`)
        const frames: Job[] = []
        socket.on('message', (data) => frames.push(JSON.parse(String(data))))
        await eventually(async () => frames.some(({ event }) => event === 'ready'))
        return { socket, frames }
    }

    /** What the daily logs have. */
    async log(): Promise<string> {
        const folder = join(this.red.userDir, 'serverLogs')
        const files = await readdir(folder)
        return (await Promise.all(files.sort().map((file) => readFile(join(folder, file), 'utf8')))).join('')
    }
}

export const trigger = (address: string, name = 'package-x74s-eg') => ({
    Package: { package_name: name, path: 'cloudinary/studioPackages/pkg1-x74s.std' },
    Robot: { robot_name: `Robot ${address}`, robot_address: address },
    Schedule: { date: '15-7', time: '9:00:00' },
})

/** Each of them makes a trigger wrong. */
export const wrongTriggers: object[] = [
    ...['32-1', '31-2', '29-2-2027', '15-7-2020', '1-13', 'tomorrow', ''].map((date) => ({ Schedule: { date, time: '9:00' } })),
    ...['25:00:00', '9', '9:60', '24:00', '-1:00'].map((time) => ({ Schedule: { date: '15-7', time } })),
    ...['* * *', '61 * * * *', 'now'].map((cron) => ({ Schedule: { cron } })),
    ...[undefined, null, [], 'x', {}].map((Schedule) => ({ Schedule })),
    ...['..', 'a/../b', 'C:\\x', 'a\0b', 'x'.repeat(10_000), 'CON/x', '/x'].map((path) => ({
        Package: { package_name: 'p', path },
    })),
    { Package: { package_name: 'p', path: 'http://127.0.0.1:1/x', hash: 'short' } },
    { Package: { package_name: 'p', path: 'http://169.254.169.254/latest' } },
    { Robot: { robot_name: 'r', robot_address: '' } },
    { Policy: { attempts: 0 } },
]

/** Asks again and again until it is so. */
export async function eventually(holds: () => Promise<unknown>, what = () => 'it never was so'): Promise<void> {
    const end = performance.now() + 30_000
    while (!(await holds())) {
        if (performance.now() > end) throw new Error(what())
        await new Promise((resolve) => setTimeout(resolve, 50))
    }
}

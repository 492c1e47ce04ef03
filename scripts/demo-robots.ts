// The simulated robots of `npm start`, and a few jobs for them.
import { SimulatedRobot } from '../simulators/robot/robot.ts'

const robots = [
    { robotName: 'LAPTOP-TAUNF8FD', robotAddress: '001AFFDB45C2', answers: true, takes: 12_000, fail: 0.1 },
    { robotName: 'PC-WORKSHOP', robotAddress: '001AFFDB45C3', answers: false, takes: 4000, fail: 0 },
]
const jobs = [
    { name: 'invoices', robot: 0, Schedule: { cron: '* * * * *' } },
    { name: 'backup', robot: 1, Schedule: { cron: '*/5 * * * *' } },
    { name: 'inventory', robot: 0, Schedule: { cron: '0 9 * * 1-5' } },
    { name: 'new-year', robot: 1, Schedule: { date: '1-1', time: '0:00' } },
]

/** Connects them; they come back by themselves. @returns what stops them */
export function startRobots(port: number): () => void {
    const common = { url: `ws://127.0.0.1:${port}/robots`, userID: 4, outcome: 'success', late: 0, twice: false, stubborn: false } as const
    const all = robots.map((robot) => new SimulatedRobot({ ...common, ...robot, drop: 0, reconnect: 2000, random: Math.random }))
    return () => {
        for (const robot of all) robot.stop()
    }
}

/** Triggers the jobs, unless there are some already: the flow may have been edited, so that nobody takes them. */
export async function triggerJobs(port: number): Promise<void> {
    const url = `http://127.0.0.1:${port}/jobs`
    try {
        const { jobs: known } = await (await fetch(`${url}?limit=1`)).json()
        if (known?.length !== 0) return
        for (const job of jobs) await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: trigger(job) })
    } catch (error) {
        console.error(`The jobs of the demo could not be triggered: ${error}`)
    }
}

function trigger({ name, robot, Schedule }: (typeof jobs)[number]): string {
    const { robotName: robot_name, robotAddress: robot_address } = robots[robot]!
    const Package = { package_name: name, path: `studioPackages/${name}.std` }
    return JSON.stringify({ Package, Robot: { robot_name, robot_address }, Schedule })
}

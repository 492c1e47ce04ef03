#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { outcomes, SimulatedRobot } from './robot/robot.ts'
import { runProgram } from './run-program.ts'

const help = `Simulates a robot that gets packages from the job server over a WebSocket.

  node simulators/robot.ts --name LAPTOP-TAUNF8FD --address 001AFFDB45C2 [options]

Where
  --url <address>      of the server (ws://127.0.0.1:1880/robots)
  --name <text>        of the robot (robot)
  --address <text>     its MAC address, which is its id (001AFFDB45C2)
  --user <number>      whose it is (4)

What
  --outcome <word>     what it says of a package: ${outcomes.join(', ')} (success)
  --takes <ms>         until a package is done (1000)
  --seed               tells success or failure only, as robots of the seed
  --reconnect <ms>     until it connects again (1000)

Faults
  --fail <share>       of the packages that fail (0)
  --late <ms>          says so much later what came of a package (0)
  --twice              says it twice
  --stubborn           goes on with what it is asked to cancel
  --drop <s>           breaks its connection after this time, again and again

  --help               this
`

const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const
const flags = {
    ...{ url: text, name: text, address: text, user: text, outcome: text, takes: text, reconnect: text },
    ...{ fail: text, late: text, drop: text, twice: flag, stubborn: flag, seed: flag, help: flag },
} as const

function run(): void {
    const { values } = parseArgs({ options: flags })
    if (values.help) {
        console.log(help)
        return
    }
    const number = (name: 'user' | 'takes' | 'reconnect' | 'fail' | 'late' | 'drop', fallback: number) => {
        const value = Number(values[name] ?? fallback)
        if (!Number.isFinite(value) || value < 0) throw new TypeError(`--${name} must be a number that is not negative`)
        return value
    }
    const outcome = outcomes.find((one) => one === (values.outcome ?? 'success'))
    if (!outcome) throw new TypeError(`--outcome must be ${outcomes.join(', ')}`)
    const url = values.url ?? 'ws://127.0.0.1:1880/robots'
    if (!/^wss?:/.test(url) || !URL.canParse(url)) throw new TypeError('--url must be an address like ws://127.0.0.1:1880/robots')
    const robot = new SimulatedRobot({
        ...{ url, robotName: values.name ?? 'robot', userID: number('user', 4) },
        ...{ robotAddress: values.address ?? '001AFFDB45C2', answers: !values.seed, outcome, takes: number('takes', 1000) },
        ...{ fail: number('fail', 0), late: number('late', 0), twice: values.twice ?? false, stubborn: values.stubborn ?? false },
        ...{ drop: number('drop', 0), reconnect: number('reconnect', 1000), random: Math.random },
    })
    robot.on('told', (what) => console.log(what))
    robot.on('connected', () => console.log('connected'))
    robot.on('began', (name, jobId) => console.log(`${name} begins${jobId === undefined ? '' : ` (job ${jobId})`}`))
    robot.on('ended', (name, state) => console.log(`${name} ${state}`))
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => robot.stop())
}

runProgram('robot', run)

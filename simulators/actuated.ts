#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ActuatedDevice, kinds } from './actuated/device.ts'
import { runProgram } from './run-program.ts'

const help = `Simulates a device that takes commands over a WebSocket (OISP).

  node simulators/actuated.ts --id lamp --token-file .node-red/keys/lamp.token [options]

Where
  --url <address>      of the server (ws://127.0.0.1:1880/actuation)
  --id <text>          of the device (lamp)
  --token <text>       its token (DEVICE_TOKEN; better there, where nobody sees it)
  --token-file <path>  a file with its token

What
  --kind <name>        ${kinds.join(' or ')} (led)
  --seed               answers no command, as devices of the seed
  --delay <ms>         until a command is done (100)
  --reconnect <ms>     until it connects again (1000)

Faults
  --refuse <share>     of the commands that it refuses (0)
  --silent <share>     of the commands that it says nothing of (0)
  --vanish <s>         breaks its connection after this time
  --wrong <s>          says what nobody understands after this time

  --help               this
`

const text = { type: 'string' } as const
const flags = {
    ...{ url: text, id: text, token: text, 'token-file': text, kind: text, delay: text, reconnect: text },
    ...{ refuse: text, silent: text, vanish: text, wrong: text },
    seed: { type: 'boolean' },
    help: { type: 'boolean' },
} as const

function run(): void {
    const { values } = parseArgs({ options: flags })
    if (values.help) {
        console.log(help)
        return
    }
    const number = (name: 'delay' | 'reconnect' | 'refuse' | 'silent' | 'vanish' | 'wrong', fallback: number) => {
        const value = Number(values[name] ?? fallback)
        if (!Number.isFinite(value) || value < 0) throw new TypeError(`--${name} must be a number that is not negative`)
        return value
    }
    const kind = kinds.find((one) => one === (values.kind ?? 'led'))
    if (!kind) throw new TypeError(`--kind must be ${kinds.join(' or ')}`)
    const file = values['token-file']
    const token = values.token ?? (file === undefined ? process.env.DEVICE_TOKEN : readFileSync(file, 'utf8').trim())
    if (!token) throw new TypeError('a token is required: --token-file, or DEVICE_TOKEN in the environment')
    const device = new ActuatedDevice({
        ...{ url: values.url ?? 'ws://127.0.0.1:1880/actuation', id: values.id ?? 'lamp', token, kind, answers: !values.seed },
        ...{ delay: number('delay', 100), reconnect: number('reconnect', 1000), refuse: number('refuse', 0) },
        ...{ silent: number('silent', 0), vanish: number('vanish', 0), wrong: number('wrong', 0), random: Math.random },
    })
    device.on('told', (what) => console.log(what))
    device.on('did', (command, value) => console.log(`${command}: ${value}`))
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => device.stop())
}

runProgram('actuated', run)

#!/usr/bin/env node
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { runProgram } from './run-program.ts'
import { usualVessel } from './vessel/model.ts'
import { isVesselFault, Vessel, vesselFaults } from './vessel/vessel.ts'

const help = `Simulates a vessel with a temperature sensor on an MQTT broker. Its heater is at a
simulated plug, see simulators/plug.ts, and heats while that says that it is on.

  node simulators/vessel.ts [options]

Where
  --host <name>        broker (MQTT_HOST, 127.0.0.1)
  --port <number>      its port (MQTT_PORT, 1883)
  --user <name>        (MQTT_USERNAME)
  --password <text>    (MQTT_PASSWORD; better there, where nobody sees it)
  --topic <name>       where it says its temperature, as {"id", "value", "time"}
                       (vessel/temperature)
  --plug <name>        the topic of the plug with its heater (MQTT_TOPIC, smart-socket)

What
  --id <text>          what its values say they are of (vessel)
  --watts <number>     that the heater draws (100)
  --start <number>     °C in the beginning (${usualVessel.start})
  --ambient <number>   °C without power (${usualVessel.ambient})
  --per-watt <number>  °C more in the end for each watt (${usualVessel.perWatt})
  --lag <s>            until two thirds of a change are there (${usualVessel.lag})
  --dead-time <s>      until power has an effect (${usualVessel.deadTime})
  --noise <number>     °C that a value may be off (${usualVessel.noise})
  --every <s>          between two values (10)
  --speed <factor>     its time passes so many times as fast (1)
  --seed <number>      of what is random (1)

Faults
  --fault <name>       one of
${Object.entries(vesselFaults)
    .map(([name, what]) => `                         ${name.padEnd(8)} ${what}`)
    .join('\n')}

  --quiet              prints nothing but trouble
  --help               this

While it runs, type and press Enter: the name of a fault sets it, ok clears it, q ends it.
`

const text = { type: 'string' } as const
const flags = {
    ...{ host: text, port: text, user: text, password: text, topic: text, plug: text, id: text, watts: text, start: text, ambient: text },
    ...{ 'per-watt': text, lag: text, 'dead-time': text, noise: text, every: text, speed: text, seed: text, fault: text },
    quiet: { type: 'boolean' },
    help: { type: 'boolean' },
} as const

function run(): void {
    const { values } = parseArgs({ options: flags })
    if (values.help) {
        console.log(help)
        return
    }
    const number = (name: Exclude<keyof typeof values, 'quiet' | 'help'>, fallback: number, least: number) => {
        const value = Number(values[name] ?? fallback)
        if (!Number.isFinite(value) || value < least) throw new TypeError(`--${name} must be a number that is at least ${least}`)
        return value
    }
    const { env } = process
    const { fault } = values
    if (fault !== undefined && !isVesselFault(fault)) throw new TypeError(`--fault must be ${Object.keys(vesselFaults).join(' or ')}`)
    const port = number('port', Number(env.MQTT_PORT || 1883), 1)
    const vessel = new Vessel({
        url: `mqtt://${values.host ?? (env.MQTT_HOST || '127.0.0.1')}:${port}`,
        ...{ username: values.user ?? env.MQTT_USERNAME, password: values.password ?? env.MQTT_PASSWORD, fault },
        ...{
            id: values.id ?? 'vessel',
            topic: values.topic ?? 'vessel/temperature',
            plug: values.plug ?? (env.MQTT_TOPIC || 'smart-socket'),
        },
        ...{
            watts: number('watts', 100, 0),
            start: number('start', usualVessel.start, -273),
            ambient: number('ambient', usualVessel.ambient, -273),
        },
        ...{ perWatt: number('per-watt', usualVessel.perWatt, 0), lag: number('lag', usualVessel.lag, 1) },
        ...{ deadTime: number('dead-time', usualVessel.deadTime, 0), noise: number('noise', usualVessel.noise, 0) },
        ...{ every: number('every', 10, 0.01), speed: number('speed', 1, 0.01), seed: number('seed', 1, 0) },
    })
    talk(vessel, values.quiet ?? false)
}

function talk(vessel: Vessel, isQuiet: boolean): void {
    const print = (line: string) => isQuiet || console.log(line)
    let trouble = ''
    vessel.on('said', (value) => print(`${value} °C`))
    vessel.on('heater', (on) => print(`heater ${on ? 'on' : 'off'}`))
    vessel.on('online', () => {
        trouble = ''
        print('online')
    })
    vessel.on('trouble', (reason) => {
        if (reason !== trouble) console.error(`cannot connect: ${reason}; still trying`)
        trouble = reason
    })
    const input = createInterface({ input: process.stdin })
    const stop = () => {
        input.close()
        process.stdin.destroy()
        void vessel.close()
    }
    input.on('line', (given) => {
        const line = given.trim()
        if (isVesselFault(line)) vessel.fault = line
        else if (line === 'ok') vessel.fault = undefined
        else if (line === 'q') stop()
        else if (line !== '') console.error('ok, q or the name of a fault')
    })
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop)
}

runProgram('vessel', run)

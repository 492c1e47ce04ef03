import { parseArgs } from 'node:util'
import { curves, isCurve } from './curves.ts'
import { faults, isFault } from './faults.ts'
import type { PlugOptions } from './plug.ts'

/** The command line is wrong; the message says how. */
export class UsageError extends Error {}

export interface Arguments {
    plug: PlugOptions
    quiet: boolean
    on: boolean
    /** Seconds. */
    offlineAfter: number | undefined
}

export const help = `Simulates a smart plug with Tasmota firmware on an MQTT broker.

  node simulators/plug.ts [options]

Where
  --host <name>           broker (MQTT_HOST, 127.0.0.1)
  --port <number>         its port (MQTT_PORT, 1883)
  --user <name>           (MQTT_USERNAME)
  --password <text>       (MQTT_PASSWORD; better there, where nobody sees it)
  --topic <name>          (MQTT_TOPIC, smart-socket)
  --full-topic <pattern>  with %prefix%, %topic%, %id%, %hostname% (%prefix%/%topic%/)
  --prefixes <a,b,c>      of commands, answers and what it tells by itself (cmnd,stat,tele)
  --id <text>             what %id% stands for, its MAC address (A0B1C2D3E4F5)
  --hostname <name>       what %hostname% stands for (its topic)
  --group-topic <name>    takes commands there too (tasmotas)

What
  --name <text>           device name (Smart Socket)
  --firmware <version>    of Tasmota; 13.4 began to tell the relays as digits (14.0.0)
  --state-text <off,on>   what it calls its states (OFF,ON)
  --relays <number>       1 to 32 (1)
  --phases <number>       what its only relay switches, 1 to 3 (1)
  --curve <name>          what is plugged in: idle (1 to 2 W), belt (60 W),
                          heater (1 kW, on and off), washer (a programme of 50
                          minutes) or dishwasher (of 66 minutes, with two pauses)
                          (heater)
  --on                    is on from the beginning
  --speed <factor>        its time passes so many times as fast (1)
  --tele-period <s>       between periodic reports, 0 for none (300)
  --option <number>       a SetOption that is on: 4, 26 or 90; may be repeated
  --seed <number>         of what is random (1)

Faults
  --fault <name>          one of
${Object.entries(faults)
    .map(([name, what]) => `              ${name.padEnd(12)} ${what}`)
    .join('\n')}
  --delay <ms>            how late a slow plug answers (3000)
  --pace <ms>             how long it takes for each command, one after the other (0)
  --offline-after <s>     loses its connection after this time

  --quiet                 prints nothing but trouble
  --help                  this

While it runs, type and press Enter: p or p2 presses a button, w 800 makes it draw 800 W
and w its curve again, the name of a fault sets it and ok clears it, q ends it.

Example: a washing machine, sixty times as fast, that reports every simulated minute
  node simulators/plug.ts --curve washer --speed 60 --tele-period 60
`

const flags = {
    host: { type: 'string' },
    port: { type: 'string' },
    user: { type: 'string' },
    password: { type: 'string' },
    topic: { type: 'string' },
    'full-topic': { type: 'string' },
    prefixes: { type: 'string' },
    id: { type: 'string' },
    hostname: { type: 'string' },
    'group-topic': { type: 'string' },
    name: { type: 'string' },
    firmware: { type: 'string' },
    'state-text': { type: 'string' },
    phases: { type: 'string' },
    relays: { type: 'string' },
    curve: { type: 'string' },
    on: { type: 'boolean' },
    speed: { type: 'string' },
    'tele-period': { type: 'string' },
    option: { type: 'string', multiple: true },
    seed: { type: 'string' },
    fault: { type: 'string' },
    delay: { type: 'string' },
    pace: { type: 'string' },
    'offline-after': { type: 'string' },
    quiet: { type: 'boolean' },
    help: { type: 'boolean' },
} as const

/** @throws {@link UsageError} */
export function readArguments(args: string[], env: NodeJS.ProcessEnv): Arguments | 'help' {
    const values = parse(args)
    if (values.help) return 'help'
    const curve = values.curve ?? 'heater'
    if (!isCurve(curve)) throw new UsageError(`--curve must be one of ${Object.keys(curves).join(', ')}`)
    const { fault } = values
    if (fault !== undefined && !isFault(fault)) throw new UsageError(`--fault must be one of ${Object.keys(faults).join(', ')}`)
    return {
        plug: {
            host: values.host ?? (env.MQTT_HOST || '127.0.0.1'),
            port: number('port', values.port ?? (env.MQTT_PORT || '1883'), 1, 65_535, true),
            username: values.user ?? env.MQTT_USERNAME,
            password: values.password ?? env.MQTT_PASSWORD,
            topic: topic('topic', values.topic ?? (env.MQTT_TOPIC || 'smart-socket')),
            fullTopic: topic('full-topic', values['full-topic'] ?? '%prefix%/%topic%/'),
            ...naming(values),
            name: values.name ?? 'Smart Socket',
            firmware: version(values.firmware ?? '14.0.0'),
            stateText: list('state-text', values['state-text'] ?? 'OFF,ON', 2) as [string, string],
            relays: number('relays', values.relays ?? '1', 1, 32, true),
            phases: number('phases', values.phases ?? '1', 1, 3, true),
            curve,
            speed: number('speed', values.speed ?? '1', 0.01, 100_000),
            telePeriod: number('tele-period', values['tele-period'] ?? '300', 0, 86_400),
            options: (values.option ?? []).map((value) => number('option', value, 0, 200, true)),
            seed: number('seed', values.seed ?? '1', 0, 2 ** 31, true),
            fault,
            pace: number('pace', values.pace ?? '0', 0, 600_000),
            delay: number('delay', values.delay ?? '3000', 0, 600_000),
        },
        quiet: values.quiet ?? false,
        on: values.on ?? false,
        offlineAfter: values['offline-after'] === undefined ? undefined : number('offline-after', values['offline-after'], 0, 1_000_000),
    }
}

function parse(args: string[]) {
    try {
        return parseArgs({ args, options: flags }).values
    } catch (error) {
        throw new UsageError(error instanceof Error ? error.message.split('. ')[0] : String(error))
    }
}

function naming(values: ReturnType<typeof parse>): Pick<PlugOptions, 'prefixes' | 'id' | 'hostname' | 'groupTopic'> {
    return {
        prefixes: list('prefixes', values.prefixes ?? 'cmnd,stat,tele', 3) as [string, string, string],
        id: topic('id', values.id ?? 'A0B1C2D3E4F5'),
        hostname: values.hostname === undefined ? '' : topic('hostname', values.hostname),
        groupTopic: topic('group-topic', values['group-topic'] ?? 'tasmotas'),
    }
}

function list(flag: string, value: string, count: number): string[] {
    const items = value.split(',').map((item) => topic(flag, item.trim()))
    if (items.length === count) return items
    throw new UsageError(`--${flag} must be ${count} words with a comma between`)
}

function version(value: string): string {
    if (/^\d+\.\d+(\.\d+)*$/.test(value)) return value
    throw new UsageError(`--firmware must be a version such as 13.3.0, not "${value}"`)
}

function number(flag: string, value: string, least: number, most: number, whole = false): number {
    const n = value.trim() === '' ? Number.NaN : Number(value)
    if (n >= least && n <= most && (!whole || Number.isInteger(n))) return n
    throw new UsageError(`--${flag} must be a ${whole ? 'whole ' : ''}number from ${least} to ${most}, not "${value}"`)
}

function topic(flag: string, value: string): string {
    if (/[+#\0]/.test(value) || value === '') throw new UsageError(`--${flag} must not be blank nor contain + or #`)
    if (flag === 'full-topic' && !value.includes('%prefix%')) throw new UsageError('--full-topic must contain %prefix%')
    return value
}

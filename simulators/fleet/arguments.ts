import { parseArgs } from 'node:util'
import { UsageError } from '../plug/arguments.ts'
import type { Faults } from './faults.ts'
import type { FleetOptions } from './fleet.ts'
import { isShape, shapes } from './shapes.ts'

export interface Arguments {
    fleet: FleetOptions
    /** Seconds; undefined means until it is ended. */
    duration: number | undefined
    quiet: boolean
    /** What the flags leave open is asked. */
    ask: boolean
}

export const help = `Simulates a fleet of devices that send what they measure over WebSockets (SMART-OS).

  node simulators/fleet.ts [options]

Without options, on a terminal, it asks.

Where
  --url <address>         of the server (ws://127.0.0.1:1880/update/)
  --token <text>          bearer token of each device (DEVICE_TOKEN; better there, where nobody sees it)

What
  --devices <number>      how many (10)
  --known                 serial numbers from 0001 on, which a server may know from last time
  --new                   serial numbers from a random one on, which it hardly knows
  --serials-from <number> the first serial number (1)
  --start <kind>          what they say first: init (everything) or update (update)
  --shape <name>          of the values: ${shapes.join(', ')} (random)
  --max <number>          values are from 0 to this (500)
  --min-interval <s>      shortest time between two values of a device (1)
  --max-interval <s>      longest time (5)
  --reconnect <s>         until a device that was cut off tries again (5)
  --seed <number>         of what is random (1)

Faults
  --faults <list>         drop, duplicate, reorder, each with its share of the messages:
                          drop=0.01,duplicate=0.02,reorder=0.01 (without a share 0.05)

  --duration <s>          ends after this time
  --ask                   asks also where there is no terminal
  --quiet                 prints nothing but trouble
  --help                  this

Example: three hundred devices on a sine curve, one value a second each
  node simulators/fleet.ts --devices 300 --shape sine --min-interval 1 --max-interval 1
`

const flags = {
    url: { type: 'string' },
    token: { type: 'string' },
    devices: { type: 'string' },
    known: { type: 'boolean' },
    new: { type: 'boolean' },
    'serials-from': { type: 'string' },
    start: { type: 'string' },
    shape: { type: 'string' },
    max: { type: 'string' },
    'min-interval': { type: 'string' },
    'max-interval': { type: 'string' },
    reconnect: { type: 'string' },
    seed: { type: 'string' },
    faults: { type: 'string' },
    duration: { type: 'string' },
    ask: { type: 'boolean' },
    quiet: { type: 'boolean' },
    help: { type: 'boolean' },
} as const

/** @param chance from 0 to 1, for serial numbers that are new @throws {@link UsageError} */
export function readArguments(args: string[], env: NodeJS.ProcessEnv, chance: () => number): Arguments | 'help' {
    const values = parse(args)
    if (values.help) return 'help'
    const start = values.start ?? 'update'
    if (start !== 'init' && start !== 'update') throw new UsageError('--start must be init or update')
    const shape = values.shape ?? 'random'
    if (!isShape(shape)) throw new UsageError(`--shape must be one of ${shapes.join(', ')}`)
    const token = values.token ?? env.DEVICE_TOKEN
    const number = (flag: keyof typeof flags, fallback: number, least: number, most: number, whole = false) =>
        numberOf(flag, values[flag], fallback, least, most, whole)
    const minInterval = number('min-interval', 1, 0.001, 86_400)
    return {
        fleet: {
            url: url(values.url ?? 'ws://127.0.0.1:1880/update/'),
            ...(token ? { token } : {}),
            devices: number('devices', 10, 1, 100_000, true),
            serialsFrom: serialsFrom(values, number('serials-from', 1, 0, 9_999_999, true), chance),
            start,
            shape,
            max: number('max', 500, 0, 1e9),
            minInterval,
            maxInterval: number('max-interval', Math.max(5, minInterval), minInterval, 86_400),
            reconnect: 1000 * number('reconnect', 5, 0.01, 3600),
            seed: number('seed', 1, 0, 2 ** 31, true),
            faults: readFaults(values.faults ?? ''),
        },
        duration: values.duration === undefined ? undefined : number('duration', 0, 0, 1_000_000),
        quiet: values.quiet ?? false,
        ask: values.ask ?? false,
    }
}

function parse(args: string[]) {
    try {
        return parseArgs({ args, options: flags }).values
    } catch (error) {
        throw new UsageError(error instanceof Error ? error.message.split('. ')[0] : String(error))
    }
}

function numberOf(flag: string, value: unknown, fallback: number, least: number, most: number, whole: boolean): number {
    if (value === undefined) return fallback
    const n = String(value).trim() === '' ? Number.NaN : Number(value)
    if (n >= least && n <= most && (!whole || Number.isInteger(n))) return n
    throw new UsageError(`--${flag} must be a ${whole ? 'whole ' : ''}number from ${least} to ${most}, not "${value}"`)
}

function url(value: string): string {
    if (URL.canParse(value) && /^wss?:$/.test(new URL(value).protocol)) return value
    throw new UsageError(`--url must be an address that begins with ws:// or wss://, not "${value}"`)
}

function serialsFrom(values: ReturnType<typeof parse>, from: number, chance: () => number): number {
    const ways = [values.known, values.new, values['serials-from']].filter((way) => way !== undefined)
    if (ways.length > 1) throw new UsageError('--known, --new and --serials-from exclude each other')
    return values.new ? 10_000 + Math.floor(chance() * 9_000_000) : from
}

function readFaults(list: string): Faults {
    const faults: Faults = { drop: 0, duplicate: 0, reorder: 0 }
    for (const part of list.split(',').filter(Boolean)) {
        const [name = '', share] = part.split('=')
        if (name !== 'drop' && name !== 'duplicate' && name !== 'reorder')
            throw new UsageError('--faults may be drop, duplicate and reorder')
        faults[name] = numberOf('faults', share, 0.05, 0, 1, false)
    }
    if (faults.drop + faults.duplicate + faults.reorder > 1) throw new UsageError('--faults must not add up to more than 1')
    return faults
}

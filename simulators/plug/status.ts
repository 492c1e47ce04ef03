import { timestamp } from './clock.ts'
import type { Tasmota } from './tasmota.ts'

type Body = Record<string, unknown>

/** Each numbered `STATUS`, in the order in which `STATUS 0` gives them. */
const parts: Record<string, (plug: Tasmota) => Body> = {
    '': (plug) => ({
        Status: {
            Module: 0,
            DeviceName: plug.settings.name,
            FriendlyName: plug.relays.map((_, relay) => `${plug.settings.name}${relay === 0 ? '' : relay + 1}`),
            Topic: plug.settings.topic,
            ButtonTopic: '0',
            ...power(plug),
            PowerOnState: plug.settings.powerOnState,
            LedState: 1,
            PowerRetain: 0,
        },
    }),
    1: (plug) => ({ StatusPRM: { Baudrate: 115_200, GroupTopic: plug.settings.groupTopic, RestartReason: 'Power On', BootCount: 1 } }),
    2: (plug) => ({ StatusFWR: { Version: `${plug.settings.firmware}(simulated)`, Core: 'simulated' } }),
    3: (plug) => ({ StatusLOG: { TelePeriod: plug.settings.telePeriod } }),
    5: (plug) => ({
        StatusNET: { Hostname: plug.settings.hostname || plug.settings.topic, IPAddress: '127.0.0.1', Mac: '00:00:00:00:00:00' },
    }),
    6: () => ({ StatusMQT: { MqttCount: 1, KEEPALIVE: 30 } }),
    7: (plug) => ({ StatusTIM: { Local: timestamp(plug.clock.now()) } }),
    8: (plug) => ({ StatusSNS: plug.sensor(false) }),
    10: (plug) => ({ StatusSNS: plug.sensor(false) }),
    11: (plug) => ({ StatusSTS: plug.state() }),
}

/** A digit for each relay, the last one for the first; before 13.4 a number with a bit for each. */
function power({ relays, settings }: Tasmota): Body {
    const [major = 0, minor = 0] = settings.firmware.split('.').map(Number)
    if (major < 13 || (major === 13 && minor < 4))
        return { Power: relays.reduce((bits, on, relay) => (on ? bits | (1 << relay) : bits), 0) >>> 0 }
    return { Power: relays.map(Number).reverse().join(''), PowerLock: '0'.repeat(relays.length) }
}

const all = ['', '1', '2', '3', '5', '6', '7', '10', '11']

export function status(plug: Tasmota, payload: string): void {
    for (const number of payload === '0' ? all : [payload]) {
        const part = Object.hasOwn(parts, number) ? parts[number] : undefined
        if (part) plug.say('stat', `STATUS${number}`, part(plug))
        else plug.answer('STATUS', { Command: 'Error' })
    }
}

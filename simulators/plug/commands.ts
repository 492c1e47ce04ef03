import { status } from './status.ts'
import type { Tasmota } from './tasmota.ts'

/** @param index the digits after its name */
type Command = (plug: Tasmota, index: number | undefined, payload: string) => void

const words = new Map<string, boolean | 'toggle'>([
    ['on', true],
    ['true', true],
    ['1', true],
    ['off', false],
    ['false', false],
    ['0', false],
    ['toggle', 'toggle'],
    ['2', 'toggle'],
])
const isQuery = (payload: string) => payload === '' || payload === '?'
const within = (value: number, least: number, most: number) => Math.min(Math.max(Math.round(value), least), most)

const table: Record<string, Command> = {
    power(plug, index = 1, payload) {
        const wanted = index === 0 ? [...plug.relays.keys()] : [index - 1]
        for (const relay of wanted) power(plug, relay, payload)
    },
    status: (plug, index, payload) => status(plug, index === undefined ? payload : String(index)),
    state: (plug) => plug.answer('STATE', plug.state()),
    teleperiod(plug, _index, payload) {
        const value = Number(payload)
        if (!isQuery(payload) && Number.isFinite(value)) {
            plug.settings.telePeriod = value === 0 ? 0 : value === 1 ? 300 : within(value, 10, 3600)
            plug.schedule()
        }
        plug.answer('TelePeriod', { TelePeriod: plug.settings.telePeriod })
        if (isQuery(payload)) plug.tele()
    },
    pulsetime(plug, index = 1, payload) {
        const relay = index - 1
        if (!(relay in plug.relays)) return plug.answer('PulseTime', { Command: 'Error' })
        if (!isQuery(payload)) {
            plug.pulseTimes[relay] = within(Number(payload) || 0, 0, 64_900)
            // It begins at once, even when the relay is off.
            plug.stopPulse(relay)
            plug.startPulse(relay)
        }
        plug.answer('PulseTime', { [`PulseTime${index}`]: { Set: plug.pulseTimes[relay], Remaining: plug.pulseLeft(relay) } })
    },
    setoption(plug, index = 0, payload) {
        const wanted = words.get(payload.toLowerCase())
        if (wanted === true) plug.options.add(index)
        if (wanted === false) plug.options.delete(index)
        plug.answer('SetOption', { [`SetOption${index}`]: plug.options.has(index) ? 'ON' : 'OFF' })
    },
    energytoday: (plug, _index, payload) => preset(plug, 'today', payload),
    energytotal: (plug, _index, payload) => preset(plug, 'total', payload),
    devicename(plug, _index, payload) {
        if (!isQuery(payload)) plug.settings.name = payload
        plug.answer('DeviceName', { DeviceName: plug.settings.name })
    },
    statetext(plug, index, payload) {
        if (index !== undefined && index !== 1 && index !== 2) return plug.answer('StateText', { Command: 'Error' })
        if (index !== undefined && payload !== '') plug.stateText[index - 1] = payload.replaceAll(' ', '_')
        const [off, on] = plug.stateText
        const all = { StateText1: off, StateText2: on, StateText3: 'TOGGLE', StateText4: 'HOLD' }
        plug.answer('StateText', index === undefined ? all : { [`StateText${index}`]: plug.stateText[index - 1] })
    },
    poweronstate(plug, _index, payload) {
        if (!isQuery(payload)) plug.settings.powerOnState = within(Number(payload) || 0, 0, 3)
        plug.answer('PowerOnState', { PowerOnState: plug.settings.powerOnState })
    },
}

/** @param payload in Wh */
function preset(plug: Tasmota, counter: 'today' | 'total', payload: string): void {
    if (!isQuery(payload) && Number.isFinite(Number(payload))) plug.meter.preset({ [counter]: Number(payload) / 1000 })
    const { Today, Total } = plug.meter.energy(false)
    plug.answer('EnergyTotal', { EnergyTotal: { Today, Total } })
}

function power(plug: Tasmota, relay: number, payload: string): void {
    const was = plug.relays[relay]
    const wanted = words.get(payload.toLowerCase())
    if (was !== undefined && isQuery(payload)) {
        // Firmware up to 9 ends a running PulseTime even when it is only asked (Tasmota#7810).
        plug.stopPulse(relay)
        plug.reportPower(relay)
    } else if (was !== undefined && wanted !== undefined) {
        plug.switch(relay, wanted === 'toggle' ? !was : wanted, 'command')
    } else {
        plug.answer('POWER', { Command: 'Error' })
    }
}

/** Does what `name` (with its digits) asks for, or answers that it is unknown. */
export function execute(plug: Tasmota, name: string, payload: string): void {
    const [, word = '', digits = ''] = /^([a-z]+)(\d*)$/i.exec(name) ?? []
    const key = word.toLowerCase()
    const command = Object.hasOwn(table, key) ? table[key] : undefined
    if (command) command(plug, digits === '' ? undefined : Number(digits), payload)
    else plug.answer('UNKNOWN', { Command: 'Unknown' })
}

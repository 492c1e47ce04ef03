import type { Reading } from '../../repository.ts'
import { objectOf } from './json.ts'

type Values = Omit<Reading, 'at'>
type Field = (name: string) => number | null

/**
 * What the meter of a relay shows, out of `ENERGY`. Power that is fed in is negative.
 * @param relay from 1
 * @param relays how many the plug has, if known
 * @returns undefined without power
 * @see https://tasmota.github.io/docs/Power-Monitoring-Calibration/, and for OpenBeken its `src/httpserver/json_interface.c`
 */
export function readingIn(message: unknown, relay: number, relays: number | undefined): Values | undefined {
    const energy = objectOf(objectOf(message).ENERGY)
    const reading = isByRelay(energy, relay, relays) ? ofRelay(energy, relay) : ofPhases(energy)
    if (reading.power === null) return undefined
    const { ConsumptionTotal: wattHours } = energy
    return { ...reading, total: reading.total ?? (isNumber(wattHours) ? wattHours / 1000 : null) }
}

/** Whether there is a power for each relay but one counter for all of them, as without SetOption129: it does not tell what this relay has used. */
export function isCounterOfAll(message: unknown, relay: number, relays: number | undefined): boolean {
    const energy = objectOf(objectOf(message).ENERGY)
    const counter = energy.Total ?? energy.Today
    return Array.isArray(energy.Power) && counter !== undefined && !Array.isArray(counter) && isByRelay(energy, relay, relays)
}

/** An array has a value for each relay if there are as many, and otherwise one for each phase. */
function isByRelay(energy: Record<string, unknown>, relay: number, relays: number | undefined): boolean {
    const arrays = [energy.Power, ...Object.values(energy)].filter((value) => Array.isArray(value))
    const meters = arrays[0]?.length ?? 1
    return relays === undefined ? relay > 1 && meters >= relay : relays > 1 && meters === relays
}

function ofRelay(energy: Record<string, unknown>, relay: number): Values {
    return values((name) => {
        const raw = energy[name]
        const own: unknown = Array.isArray(raw) ? raw[relay - 1] : raw
        return isNumber(own) ? own : null
    })
}

function ofPhases(energy: Record<string, unknown>): Values {
    const sum: Field = (name) => {
        const phases = listIn(energy[name])
        return phases.length > 0 && phases.every(isNumber) ? rounded(total(phases)) : null
    }
    const reading = values(sum)
    const voltages = listIn(energy.Voltage).filter(isNumber)
    if (voltages.length > 0) reading.voltage = rounded(total(voltages) / voltages.length)
    if (Array.isArray(energy.Factor)) reading.factor = factorOf(reading)
    return reading
}

function factorOf({ power, apparentPower }: Values): number | null {
    if (power === null || apparentPower === null) return null
    if (apparentPower === 0) return 0
    return Math.round(Math.max(-1, Math.min(1, power / apparentPower)) * 100) / 100
}

const values = (field: Field): Values => ({
    today: field('Today'),
    total: field('Total'),
    power: field('Power'),
    apparentPower: field('ApparentPower'),
    reactivePower: field('ReactivePower'),
    factor: field('Factor'),
    voltage: field('Voltage'),
    current: field('Current'),
})

const total = (list: number[]) => list.reduce((sum, value) => sum + value, 0)
const listIn = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value])
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
/** Without what adding binary fractions leaves behind. */
const rounded = (value: number) => Math.round(value * 1e6) / 1e6

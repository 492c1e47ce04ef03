import { locale } from '../shared/times.ts'

const decimal = (digits: number) => new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits })
const byDigits = [0, 1, 2, 3].map(decimal)

const fixed = (value: number, digits: number): string => byDigits[digits]!.format(value)

/** Power with its unit: `4.2 W`, `843 W`, `1.84 kW`. @param watts null where it is not known */
export function powerText(watts: number | null | undefined): string {
    const [value, unit] = powerParts(watts)
    return unit ? `${value} ${unit}` : value
}

export function powerParts(watts: number | null | undefined): [value: string, unit: string] {
    if (watts === null || watts === undefined) return ['–', '']
    const size = Math.abs(watts)
    if (size >= 9999.5) return [fixed(watts / 1000, 1), 'kW']
    return [fixed(watts, size < 9.95 && size > 0 ? 1 : 0), 'W']
}

/** `0.42 Wh`, `42 Wh`, `1.24 kWh`, `1,240 kWh` */
export function energyText(wh: number | null | undefined): string {
    if (wh === null || wh === undefined) return '–'
    if (wh >= 999.5) return `${fixed(wh / 1000, wh >= 999_500 ? 0 : wh >= 99_950 ? 1 : 2)} kWh`
    return `${fixed(wh, wh >= 9.95 || wh === 0 ? 0 : wh >= 0.995 ? 1 : 2)} Wh`
}

/** In whatever currency the price of a kWh is: nobody tells which. */
export function costText(cost: number): string {
    if (cost > 0 && cost < 0.0005) return `< ${fixed(0.001, 3)}`
    return fixed(cost, cost !== 0 && Math.abs(cost) < 0.1 ? 3 : 2)
}

/** `4.43 A` */
export const currentText = (ampere: number): string => `${fixed(ampere, 2)} A`

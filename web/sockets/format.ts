import { language } from '../shared/texts.ts'

/** How days, months and numbers are written: as the browser's user wants it, in the language of the page. */
const locale = navigator.languages.find((one) => one.toLowerCase().startsWith(language)) ?? language

const decimal = (digits: number) => new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits })
const byDigits = [0, 1, 2, 3].map(decimal)

const fixed = (value: number, digits: number): string => byDigits[digits]!.format(value)

/** Power and its unit: `4.2 W`, `843 W`, `18.4 kW`. @param watts null where it is not known */
export function powerParts(watts: number | null | undefined): [value: string, unit: string] {
    if (watts === null || watts === undefined) return ['–', '']
    const size = Math.abs(watts)
    if (size >= 9999.5) return [fixed(watts / 1000, 1), 'kW']
    return [fixed(watts, size < 9.95 && size > 0 ? 1 : 0), 'W']
}

/** `0.42 Wh`, `420 Wh`, `1.24 kWh`, `1,240 kWh` */
export function energyText(wh: number | null | undefined): string {
    if (wh === null || wh === undefined) return '–'
    if (wh >= 999.5) return `${fixed(wh / 1000, wh >= 999_500 ? 0 : wh >= 99_950 ? 1 : 2)} kWh`
    return `${fixed(wh, wh >= 99.5 || wh === 0 ? 0 : wh >= 9.95 ? 1 : 2)} Wh`
}

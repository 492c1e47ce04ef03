import { locale } from '../shared/times.ts'

const tenth = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 })
const exact = new Intl.NumberFormat(locale, { maximumSignificantDigits: 6 })
const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 })

/** Every vessel of the example is measured in this. */
export const DEGREES = '°C'

/** `19.8`; a dash for a value that is not known. */
export const degreesText = (value: number | null | undefined): string => (typeof value === 'number' ? tenth.format(value) : '–')
/** `20 °C`, with as many digits as it takes. */
export const setPointText = (value: number | null | undefined): string =>
    typeof value === 'number' ? `${exact.format(value)} ${DEGREES}` : '–'
export const numberText = (value: number): string => exact.format(value)
export const percentText = (part: number): string => percent.format(part)

/** Reads a number as people of this page's language write it. @returns NaN if it is none */
export function parseNumber(text: string): number {
    const plain = text.trim().replace('−', '-').replace(',', '.')
    return plain === '' ? Number.NaN : Number(plain)
}

/** A value of a message in short. */
export function valueText(value: unknown): string {
    if (typeof value === 'number') return numberText(value)
    if (value === null || value === undefined) return '–'
    return typeof value === 'string' ? value : JSON.stringify(value)
}

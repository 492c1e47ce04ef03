import { badInput, deeper, hasAmbiguous, isAmbiguous, put, Refusal } from '../lib/index.ts'
import type { DeviceRow } from './repository.ts'

/** Columns that every device has, whatever it sends under these names. */
export const SERIAL = 'serial_number'
export const UPDATED = 'last_status_update'

/** Properties of one device. */
const MAX_PROPERTIES = 200
const MAX_NAME = 128
const MAX_ID = 128
/** Characters of a text with its quotes, or of the JSON of a list or an object. */
const MAX_VALUE = 16_384
const QUOTES = 2
/** Levels of a nested value: walking through it is recursive. */
const MAX_DEPTH = 32

/** The id of a device. @throws {@link Refusal} 422 `BAD_INPUT` */
export function deviceId(field: string, value: unknown): string {
    if (typeof value !== 'string' || value.trim() === '') throw badInput(field, value === undefined ? 'is required' : 'must be text')
    if (!isName(value, MAX_ID)) throw badInput(field, `must be at most ${MAX_ID} characters of proper Unicode, none of them NUL`)
    return value
}

/** The name of a property. @throws {@link Refusal} 422 `BAD_INPUT` */
export function propertyName(field: string, value: unknown): string {
    if (typeof value === 'string' && value !== '' && isName(value, MAX_NAME)) return value
    throw badInput(field, `must be the name of a property: 1 to ${MAX_NAME} characters of proper Unicode, none of them NUL`)
}

/** Lone surrogates and NUL would not be stored as they are. */
const isName = (text: string, max: number): boolean => text.length <= max && text.isWellFormed() && !text.includes('\0')

/**
 * Reads and copies the properties in an update.
 * @throws {@link Refusal} 422 `BAD_INPUT` naming the property
 */
export function readSet(field: string, value: unknown): Map<string, unknown> {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badInput(field, 'must be an object of properties')
    const names = value instanceof Map ? [...value.keys()] : Object.keys(value)
    if (names.length > MAX_PROPERTIES) throw badInput(field, `must have at most ${MAX_PROPERTIES} properties`)
    const set = new Map<string, unknown>()
    for (const name of names) {
        propertyName(field, name)
        const given: unknown = value instanceof Map ? value.get(name) : Reflect.get(value, name)
        if (name !== SERIAL && name !== UPDATED) set.set(name, isPlain(given) ? given : readValue(`${field}.${name}`, given))
    }
    return set
}

/** Whether a device may have those, too. @throws {@link Refusal} 422 `BAD_INPUT` */
export function checkNumber(row: DeviceRow, set: ReadonlyMap<string, unknown>): void {
    let count = row.properties.size
    if (count + set.size <= MAX_PROPERTIES) return
    for (const name of set.keys()) if (!row.properties.has(name)) count++
    if (count > MAX_PROPERTIES)
        throw new Refusal(422, 'BAD_INPUT', `set: a device has at most ${MAX_PROPERTIES} properties`, {
            errors: [{ path: 'set', message: `a device has at most ${MAX_PROPERTIES} properties` }],
        })
}

const isPlain = (value: unknown): boolean =>
    value === null || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value) && !isAmbiguous(value))

/** A JSON value, copied. @throws {@link Refusal} 422 `BAD_INPUT` */
export function readValue(field: string, value: unknown): unknown {
    if (isPlain(value)) return value
    if (typeof value === 'string' && value.length <= MAX_VALUE - QUOTES) return value
    if (typeof value !== 'string' && typeof value !== 'object' && !Number.isFinite(value)) throw badInput(field, 'must be a JSON value')
    if (deeper(value, MAX_DEPTH)) throw badInput(field, `must be nested at most ${MAX_DEPTH} deep`)
    if (hasAmbiguous(value, MAX_DEPTH)) throw badInput(field, 'must be text beyond 2^53, where numbers are rounded')
    // The flow may change its message afterwards.
    const json = JSON.stringify(value)
    if (json === undefined || json.length > MAX_VALUE) throw badInput(field, `must be at most ${MAX_VALUE} characters of JSON`)
    return JSON.parse(json)
}

let latest = { at: 0, text: new Date(0).toISOString() }

/** A time in ISO 8601: mostly that of the device before, as many report in one millisecond. */
function isoOf(at: number): string {
    if (at !== latest.at) latest = { at, text: new Date(at).toISOString() }
    return latest.text
}

/** The value of a column; undefined if the device has none of that name. */
export function cell(row: DeviceRow, name: string): unknown {
    if (name === SERIAL) return row.id
    if (name === UPDATED) return isoOf(row.updatedAt)
    return row.properties.get(name)?.value
}

/** All columns of a device, or those named. */
export function columnsOf(row: DeviceRow, names?: Iterable<string>): Record<string, unknown> {
    const columns: Record<string, unknown> = {}
    for (const name of names ?? [SERIAL, UPDATED, ...row.properties.keys()]) {
        const value = cell(row, name)
        if (value !== undefined) put(columns, name, value)
    }
    return columns
}

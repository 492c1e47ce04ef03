import { badInput, isMissing, parseExactly, seconds, wholeNumber, word } from '../lib/index.ts'
import { propertyName, UPDATED } from './properties.ts'

const operators = ['contains', '=', '!=', '<', '<=', '>', '>=', 'silent'] as const
const kinds = ['auto', 'text', 'number', 'date'] as const
/** Each takes time at every change. */
const MAX_FILTERS = 50
const MAX_SORTS = 32
const MAX_TEXT = 1024
/** Up to this length, V8 searches a text in a time that does not depend on the length. */
const MAX_CONTAINED = 250
/** As many devices as a fleet may have. */
const MAX_ROWS = 100_000

export interface Filter {
    property: string
    op: (typeof operators)[number]
    value: string | number | boolean
}

export interface Sort {
    property: string
    direction: 'asc' | 'desc'
    /** `auto` sorts numbers first, by size, and then texts, with the numbers in them by size; `text` sorts by characters only. */
    as: (typeof kinds)[number]
}

export interface Query {
    /** All of them have to match. */
    filter: Filter[]
    /** The first one counts most; equal devices are sorted by id. */
    sort: Sort[]
    offset: number
    limit: number
}

/**
 * Reads a query out of `{ filter, sort, offset, limit }`, each of which may be missing.
 * @throws {@link Refusal} 422 `BAD_INPUT` naming the part, as `filter[0].op`
 */
export function readQuery({ filter, sort, offset, limit }: Partial<Record<keyof Query, unknown>>): Query {
    return {
        filter: list('filter', filter, MAX_FILTERS).map((item, i) => readFilter(`filter[${i}]`, item)),
        sort: list('sort', sort, MAX_SORTS).map((item, i) => readSort(`sort[${i}]`, item)),
        offset: isMissing(offset) ? 0 : wholeNumber('offset', offset, 0, MAX_ROWS),
        limit: isMissing(limit) ? MAX_ROWS : wholeNumber('limit', limit, 0, MAX_ROWS),
    }
}

/** In the query of a URL, a list is JSON. */
function list(field: string, given: unknown, max: number): Record<string, unknown>[] {
    if (isMissing(given)) return []
    const value = typeof given === 'string' ? parsed(given) : given
    if (!Array.isArray(value)) throw badInput(field, 'must be a list')
    if (value.length > max) throw badInput(field, `must have at most ${max} entries`)
    const wrong = value.findIndex((item) => typeof item !== 'object' || item === null)
    if (wrong !== -1) throw badInput(`${field}[${wrong}]`, 'must be an object')
    return value
}

function parsed(text: string): unknown {
    try {
        return parseExactly(text)
    } catch {
        return undefined
    }
}

function readFilter(field: string, { property, op, value }: Record<string, unknown>): Filter {
    const read = word(`${field}.op`, op, operators)
    if (read !== 'silent')
        return { property: propertyName(`${field}.property`, property), op: read, value: operand(`${field}.value`, value, read) }
    if (!isMissing(property) && property !== UPDATED) throw badInput(`${field}.property`, `must be ${UPDATED}, which alone can be silent`)
    return { property: UPDATED, op: read, value: seconds(`${field}.value`, value) }
}

function operand(field: string, value: unknown, op: Filter['op']): Filter['value'] {
    if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return value
    if (typeof value !== 'string') throw badInput(field, 'must be text, a number or true or false')
    const max = op === 'contains' ? MAX_CONTAINED : MAX_TEXT
    if (value.length > max) throw badInput(field, `must be at most ${max} characters`)
    return value
}

function readSort(field: string, { property, direction, as }: Record<string, unknown>): Sort {
    return {
        property: propertyName(`${field}.property`, property),
        direction: isMissing(direction) ? 'asc' : word(`${field}.direction`, direction, ['asc', 'desc']),
        as: isMissing(as) ? 'auto' : word(`${field}.as`, as, kinds),
    }
}

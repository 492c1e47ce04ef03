import type { ViewQuery } from '../../src/views/view-event.ts'
import type { Sorting } from './sort-button.ts'

export type Filter = ViewQuery['filter'][number]

/** The part of the view that the address of the page holds, so that a link shows the same to others. */
export interface ViewAddress {
    filters: Filter[]
    sorts: Sorting[]
    /** Rows a page; 0 means all, undefined that the address does not say. */
    rows: number | undefined
    /** From 1. */
    page: number
}

/** Operators by words that stay readable in an address, where `>` would be escaped. */
const words = { contains: 'contains', '=': 'is', '!=': 'not', '<': 'lt', '<=': 'lte', '>': 'gt', '>=': 'gte', silent: 'silent' }
const operations = new Map(Object.entries(words).map(([op, word]) => [word, op]))
const wordOf = new Map(Object.entries(words))

/** The limits of the server: it would refuse a query beyond them as a whole. */
const MOST = { filters: 50, sorts: 32, name: 128, value: 1024, offset: 100_000, seconds: 3_155_760_000 }

export const pageSizes = [10, 20, 50, 0]

/** The part of the address behind the `#`: `filter=battery:gte:120&sort=country,battery:desc&rows=20&page=2`. */
export function writeAddress({ filters, sorts, rows, page }: ViewAddress): string {
    const parts = filters
        .filter(({ value }) => value.trim() !== '')
        .map(({ property, op, value }) => `filter=${encodeURIComponent(property)}:${wordOf.get(op) ?? op}:${readable(value)}`)
    const sort = sorts.map(({ property, direction }) => encodeURIComponent(property) + (direction === 'desc' ? ':desc' : ''))
    if (sort.length > 0) parts.push(`sort=${sort.join()}`)
    if (rows) parts.push(`rows=${rows}`)
    if (rows && page > 1) parts.push(`page=${page}`)
    return parts.join('&')
}

/** Reads an address that anybody may have written: what is invalid in it is left out. @param hash with or without the `#` */
export function readAddress(hash: string): ViewAddress {
    const valuesOf = (key: string) =>
        hash
            .replace(/^#/, '')
            .split('&')
            .filter((part) => part.startsWith(`${key}=`))
            .map((part) => part.slice(key.length + 1))
    const sorts = new Map(valuesOf('sort').flatMap((list) => list.split(',').flatMap(readSort)))
    const size = valuesOf('rows')[0]
    const rows = pageSizes.find((known) => String(known) === size)
    const page = Number(/^[1-9]\d{0,5}$/.exec(valuesOf('page')[0] ?? '')?.[0] ?? 1)
    return {
        filters: valuesOf('filter').flatMap(readFilter).slice(0, MOST.filters),
        sorts: Array.from(sorts, ([property, direction]) => ({ property, direction })).slice(0, MOST.sorts),
        rows,
        page: rows && (page - 1) * rows <= MOST.offset ? page : 1,
    }
}

/** An address without the values of its filters: two of the same shape differ only in what was typed. */
export const shapeOf = ({ filters, ...address }: ViewAddress): string =>
    JSON.stringify({ ...address, filters: filters.map(({ property, op }) => [property, op]) })

function readFilter(text: string): Filter[] {
    const [, name = '', word = '', rest = ''] = /^([^:]*):([^:]*):(.*)$/s.exec(text) ?? []
    const [property, op, value] = [readName(name), operations.get(word), decoded(rest)]
    if (property === undefined || op === undefined || value === undefined) return []
    if (value.trim() === '' || value.length > MOST.value) return []
    if (op === 'silent' && !(property === 'last_status_update' && isSeconds(value))) return []
    return [{ property, op, value }]
}

function readSort(text: string): [string, Sorting['direction']][] {
    const [name = '', direction = 'asc', ...more] = text.split(':')
    const property = readName(name)
    if (property === undefined || (direction !== 'asc' && direction !== 'desc') || more.length > 0) return []
    return [[property, direction]]
}

const isSeconds = (value: string): boolean => /^\d+(\.\d+)?$/.test(value) && Number(value) <= MOST.seconds

function readName(text: string): string | undefined {
    const name = decoded(text)
    return name && name.length <= MOST.name && !name.includes('\0') ? name : undefined
}

function decoded(text: string): string | undefined {
    try {
        return decodeURIComponent(text)
    } catch {
        return undefined
    }
}

/** Escaped, but for the signs of times, paths and lists. */
const readable = (value: string): string => encodeURIComponent(value).replace(/%3A/g, ':').replace(/%2F/g, '/').replace(/%2C/g, ',')

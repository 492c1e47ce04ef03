import type { Protocol } from '../session.ts'
import { isDict, readEither, smartOsOpen } from './smart-os.ts'

/** A filter, as queries have it. */
interface Condition {
    property: string
    op: 'contains' | '=' | '!=' | '<' | '<=' | '>' | '>='
    value: string
}

/** A sort, as queries have it. */
interface Order {
    property: string
    direction: 'asc' | 'desc'
    /** Also `abc` sorts numbers by size. */
    as: 'auto' | 'number'
}

const operators = new Map<string, Condition['op']>([
    ['=', 'contains'],
    ['==', '='],
    ['!=', '!='],
    ['<', '<'],
    ['<=', '<='],
    ['>', '>'],
    ['>=', '>='],
])
const FILTER = /^filter:([^:]{1,128}):([=!<>]{1,2}):(.*)$/su
const SORT = /^sort:([^:]{1,128}):([<>]):(abc|123)$/u
/** Filters and sorts of a frame: each takes time at every change. */
const MAX_ENTRIES = 32
const MAX_ENTRY = 1000

/**
 * What a SMART-OS page speaks (seed `SolMate Real-Time ObServer`). It says `{"type": "FILT", "message": [...]}` with any mix of
 * `filter:<property>:<operator>:<value>` and `sort:<property>:<direction>:<abc|123>`: a flow gets `{ filter, sort }`. `=` means contains
 * and the rest compare; a sort's `<` is small to big. One wrong entry leaves the view as it is, and is named in an `INFO` frame.
 */
export const smartOsViewer: Protocol = {
    pages: 'always',
    viewers: 'tables',
    open: smartOsOpen({
        group: "ClientConsumer: groups ['broadcast']",
        read: (text) => ({ payload: request(text) }),
        unreadable: (_text, reason) => `ERROR: ${reason}`,
        reply(_ref, statusCode, payload) {
            if (statusCode < 400) return 'OK'
            return `ERROR: ${isDict(payload) && typeof payload.message === 'string' ? payload.message : statusCode}`
        },
    }),
}

function request(text: string): { filter: Condition[]; sort: Order[] } {
    const frame = readEither(text.trim())
    if (!isDict(frame) || frame.type !== 'FILT') throw new SyntaxError('type must be FILT')
    const entries = typeof frame.message === 'string' ? [frame.message] : frame.message
    if (!Array.isArray(entries)) throw new SyntaxError('message must be a list of filters and sorts')
    if (entries.length > MAX_ENTRIES) throw new SyntaxError(`at most ${MAX_ENTRIES} filters and sorts`)
    const wanted: ReturnType<typeof request> = { filter: [], sort: [] }
    for (const entry of entries) {
        const read = typeof entry === 'string' && entry.length <= MAX_ENTRY ? (condition(entry) ?? order(entry)) : undefined
        if (read === 'everything') continue
        if (!read)
            throw new SyntaxError(
                `${shown(entry)} is neither filter:<property>:<operator>:<value> nor sort:<property>:<direction>:<abc|123>`,
            )
        if ('op' in read) wanted.filter.push(read)
        else wanted.sort.push(read)
    }
    return wanted
}

/** A blank value filters nothing, and cannot be compared with. */
function condition(entry: string): Condition | 'everything' | undefined {
    const [, property, operator = '', value] = FILTER.exec(entry) ?? []
    const op = operators.get(operator)
    if (property === undefined || value === undefined || !op) return
    if (value === '' && op === 'contains') return 'everything'
    return value === '' && /[<>]/.test(op) ? undefined : { property, op, value }
}

function order(entry: string): Order | undefined {
    const [, property, direction, as] = SORT.exec(entry) ?? []
    if (property === undefined) return
    return { property, direction: direction === '<' ? 'asc' : 'desc', as: as === 'abc' ? 'auto' : 'number' }
}

const shown = (entry: unknown): string => (JSON.stringify(entry) ?? String(entry)).slice(0, 100)

import { messageOf } from '../../lib/index.ts'
import { type Protocol, type Session, Unreadable } from '../session.ts'
import { greeting, info, isDict, readEither, written } from './smart-os.ts'

/** A condition that a viewer asks for; as queries have it, but for `=`, which means `contains` here. */
export interface Condition {
    property: string
    op: 'contains' | '=' | '!=' | '<' | '<=' | '>' | '>='
    value: string
}

/** An order that a viewer asks for. */
export interface Order {
    property: string
    direction: 'asc' | 'desc'
    /** `abc` has numbers by size, too. */
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
/** More than any page asks for; each costs something for every change. */
const MOST_ENTRIES = 32
const LONGEST_ENTRY = 1000

/**
 * What a SMART-OS page speaks (seed `SolMate Real-Time ObServer`). It says `{"type": "FILT", "message": [...]}` with any mix of
 * `filter:<property>:<operator>:<value>` and `sort:<property>:<direction>:<abc|123>`: a flow gets `{ filter, sort }`. `=` means contains
 * and the rest compare; a sort's `<` is small to big. One wrong entry leaves the view as it is, and is named in an `INFO` frame.
 */
export const smartOsViewer: Protocol = {
    name: 'smart-os-viewer',
    pages: 'always',
    viewers: true,
    open(peer) {
        peer.send(GREETING)
        return session
    },
}

const GREETING = greeting("ClientConsumer: groups ['broadcast']")

const session: Session = {
    receive(text) {
        try {
            return { payload: request(text) }
        } catch (error) {
            throw new Unreadable(messageOf(error), info(`ERROR: ${messageOf(error)}`))
        }
    },
    encode: written,
    reply(_ref, statusCode, payload) {
        if (statusCode < 400) return info('OK')
        return info(`ERROR: ${isDict(payload) && typeof payload.message === 'string' ? payload.message : statusCode}`)
    },
    encoding: 'smart-os',
}

function request(text: string): { filter: Condition[]; sort: Order[] } {
    const frame = readEither(text.trim())
    if (!isDict(frame) || frame.type !== 'FILT') throw new SyntaxError('type must be FILT')
    const entries = typeof frame.message === 'string' ? [frame.message] : frame.message
    if (!Array.isArray(entries)) throw new SyntaxError('message must be a list of filters and sorts')
    if (entries.length > MOST_ENTRIES) throw new SyntaxError(`at most ${MOST_ENTRIES} filters and sorts`)
    const wanted: ReturnType<typeof request> = { filter: [], sort: [] }
    for (const entry of entries) {
        const read = typeof entry === 'string' && entry.length <= LONGEST_ENTRY ? (condition(entry) ?? order(entry)) : undefined
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

/** A field that was left blank filters nothing; nothing is smaller or greater than nothing. */
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

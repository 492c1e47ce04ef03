import { isoTime } from '../../src/lib/iso-time.ts'
import { language, t } from './texts.ts'

/** What became of a value that was asked for. */
export interface Mark {
    state: 'pending' | 'confirmed' | 'failed'
    /** What was asked for. */
    value: unknown
    message?: string
}

/** The columns that nobody can set: they are the server's. */
const own = new Set(['serial_number', 'last_status_update'])
export const isSettable = (property: string): boolean => !own.has(property) && !property.startsWith('_')

const two = '2-digit'
const clock = new Intl.DateTimeFormat(language, { year: 'numeric', month: two, day: two, hour: two, minute: two, second: two })
/** A moment that says in which zone it is meant; one that does not is the device's own business. */
const moment = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})$/

/** A value as text; whatever a device sends, it is no more than that. */
export function asText(value: unknown): string {
    if (value === undefined || value === null) return ''
    return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** As {@link asText}, but moments by the clock of whoever looks. */
export function shown(property: string, value: unknown): string {
    const isMoment = property === 'last_status_update' || (typeof value === 'string' && moment.test(value))
    const at = isMoment ? new Date(typeof value === 'number' ? value : isoTime(String(value))) : undefined
    return at && !Number.isNaN(at.getTime()) ? clock.format(at) : asText(value)
}

/** What was typed in, as a value of the kind that the property has. */
export function typed(text: string, before: unknown): unknown {
    const trimmed = text.trim()
    if (typeof before === 'boolean' && (trimmed === 'true' || trimmed === 'false')) return trimmed === 'true'
    // A whole number that would be rounded is text, as it is where a device says it.
    const isRounded = Math.abs(Number(trimmed)) > Number.MAX_SAFE_INTEGER && /^[+-]?\d+$/.test(trimmed)
    if (typeof before === 'number' && trimmed !== '' && Number.isFinite(Number(trimmed)) && !isRounded) return Number(trimmed)
    if (typeof before === 'object' && before !== null)
        try {
            return JSON.parse(trimmed)
        } catch {
            return text
        }
    return text
}

/** What stands in a cell. */
export function contents(property: string, value: unknown, mark: Mark | undefined): Node {
    if (!mark) return document.createTextNode(shown(property, value))
    const element = document.createElement('span')
    element.className = `mark ${mark.state}`
    // Text that runs from right to left must not take what is told of it along.
    const isolated = document.createElement('bdi')
    isolated.textContent = shown(property, mark.state === 'pending' ? mark.value : value)
    const told = document.createElement('small')
    told.textContent = markText(mark)
    element.append(isolated, ' ', told)
    return element
}

export const markText = ({ state, message }: Mark): string =>
    state === 'failed' && message ? t('failedReason', { reason: message }) : t(state)

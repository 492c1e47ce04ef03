import { isoTime } from '../../src/lib/iso-time.ts'
import { language } from '../shared/texts.ts'
import type { CommandStatus } from './commands.ts'
import { t } from './texts.ts'

/** Columns that the server adds, and nobody can set. */
const serverColumns = new Set(['serial_number', 'last_status_update'])
export const isSettable = (property: string): boolean => !serverColumns.has(property) && !property.startsWith('_')

const two = '2-digit'
const clock = new Intl.DateTimeFormat(language, { year: 'numeric', month: two, day: two, hour: two, minute: two, second: two })
/** A time with its zone; one without is shown as the device wrote it. */
const zonedTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})$/

/** A value as plain text, whatever a device sends. */
export function asText(value: unknown): string {
    if (value === undefined || value === null) return ''
    return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** As {@link asText}, but with times in the local zone. */
export function displayText(property: string, value: unknown): string {
    const isTime = property === 'last_status_update' || (typeof value === 'string' && zonedTime.test(value))
    const at = isTime ? new Date(typeof value === 'number' ? value : isoTime(String(value))) : undefined
    return at && !Number.isNaN(at.getTime()) ? clock.format(at) : asText(value)
}

/** Reads what was typed in as a value of the type that the property has. */
export function parseInput(text: string, before: unknown): unknown {
    const trimmed = text.trim()
    if (typeof before === 'boolean' && (trimmed === 'true' || trimmed === 'false')) return trimmed === 'true'
    // Whole numbers that JavaScript would round are text, as they are where devices report them.
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

/** The content of a cell: its value, and the status of a command if there is one. */
export function cellContent(property: string, value: unknown, status: CommandStatus | undefined): Node {
    if (!status) return document.createTextNode(displayText(property, value))
    const element = document.createElement('span')
    element.className = `mark ${status.state}`
    // Isolated, so that right-to-left text does not reorder the status.
    const isolated = document.createElement('bdi')
    isolated.textContent = displayText(property, status.state === 'pending' ? status.value : value)
    const note = document.createElement('small')
    note.textContent = statusText(status)
    element.append(isolated, ' ', note)
    return element
}

export const statusText = ({ state, message }: CommandStatus): string =>
    state === 'failed' && message ? t('failedReason', { reason: message }) : t(state)

import { momentText } from '../shared/times.ts'

/** A document in lines that people can compare: `points 1: at Nov 27, 4:00 PM, value 20`. */
export function linesOf(value: unknown, path = ''): string[] {
    if (typeof value !== 'object' || value === null) return [path ? `${path}: ${partText(value)}` : partText(value)]
    const isFlat = Object.values(value).every((part) => typeof part !== 'object' || part === null)
    if (isFlat && path !== '')
        return [
            `${path}: ${Object.entries(value)
                .map(([name, part]) => (Array.isArray(value) ? partText(part) : `${name} ${partText(part)}`))
                .join(', ')}`,
        ]
    return Object.entries(value).flatMap(([name, part]) =>
        linesOf(part, Array.isArray(value) ? `${path} ${Number(name) + 1}` : path ? `${path} ${name}` : name),
    )
}

/** Dates as people read them. */
const partText = (part: unknown): string =>
    typeof part === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(part) ? momentText(Date.parse(part), 60_000) : String(part)

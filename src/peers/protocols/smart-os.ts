import { parseExactly, put } from '../../lib/index.ts'
import { HEALTH } from '../../sequence-health.ts'
import type { Odd } from './odd.ts'
import { DEEPEST, readPythonLiteral } from './python-literal.ts'

/** The types of SMART-OS frames, either way. */
export type FrameType = 'INFO' | 'FILT' | 'INIT' | 'UPDT'

const types: readonly unknown[] = ['INFO', 'FILT', 'INIT', 'UPDT']

export const isFrameType = (value: unknown): value is FrameType => types.includes(value)

/** Text of a frame, which no other property goes with. */
export const frame = (type: FrameType, message: unknown): string => JSON.stringify({ type, message })

export const info = (message: string): string => frame('INFO', message)

export const greeting = (group: string): string => info(`Welcome to SMART-Server - SolMate Real-Time ObServer! - ${group}`)

/**
 * Reads JSON, or what Python makes of the same, numbers as {@link exactly} has them. Both within the same bounds: what is deeper than
 * {@link DEEPEST} or named `__proto__` would do harm further on.
 * @param odd is told of values that are neither, and what is kept of them
 * @throws SyntaxError
 */
export function readEither(text: string, odd: Odd[] = []): unknown {
    const parsed = readJson(text)
    if (!parsed) return readPythonLiteral(text, odd)
    check(parsed.value, 0)
    return parsed.value
}

function readJson(text: string): { value: unknown } | undefined {
    try {
        return { value: parseExactly(text) }
    } catch {
        return
    }
}

function check(value: unknown, depth: number): void {
    if (typeof value !== 'object' || value === null) return
    if (depth >= DEEPEST) throw new SyntaxError('nested too deeply')
    if (Object.hasOwn(value, '__proto__')) throw new SyntaxError('__proto__ is no name')
    for (const each of Object.values(value)) check(each, depth + 1)
}

/** A text without the white space around it, and the NUL with which programs in C end theirs. */
export function bare(text: string): string {
    let bared = text.trim()
    while (bared.endsWith('\0')) {
        let end = bared.length
        while (bared[end - 1] === '\0') end--
        bared = bared.slice(0, end).trimEnd()
    }
    return bared
}

export const isDict = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value)

/** Four digits, whatever the number. */
export const messageId = (seq: number): string => String(Math.abs(seq) % 10_000).padStart(4, '0')

/** What is the device's own: SMART-OS knows nothing of how messages came. */
export function own(columns: Record<string, unknown>): Record<string, unknown> {
    const shown: Record<string, unknown> = {}
    for (const name of Object.keys(columns)) if (!HEALTH.has(name)) put(shown, name, columns[name])
    return shown
}

/**
 * What a flow wants said, as a frame: one that is a frame already; an update, when it names a device and what is `set` or `changed` of
 * it; anything else is information.
 */
export function written(payload: unknown): string {
    if (!isDict(payload)) return info(typeof payload === 'string' ? payload : (JSON.stringify(payload) ?? ''))
    if (isFrameType(payload.type)) return frame(payload.type, payload.message)
    const { id, set = payload.changed, kind, sequence } = payload
    if (typeof id !== 'string' || !isDict(set)) return info(JSON.stringify(payload))
    const seq = Number.isSafeInteger(sequence) ? Number(sequence) : 0
    return frame(kind === 'INIT' ? 'INIT' : 'UPDT', `${messageId(seq)}:${id}:${JSON.stringify(own(set))}`)
}

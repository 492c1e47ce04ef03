import { DEEPEST, readPythonLiteral } from './python-literal.ts'

/** A frame of SMART-OS, either way. */
export interface Frame {
    type: FrameType
    message: unknown
}

export type FrameType = 'INFO' | 'FILT' | 'INIT' | 'UPDT'

const types: readonly unknown[] = ['INFO', 'FILT', 'INIT', 'UPDT']

export const isFrameType = (value: unknown): value is FrameType => types.includes(value)

/** Text of a frame, which no other property goes with. */
export const frame = (type: FrameType, message: unknown): string => JSON.stringify({ type, message })

export const info = (message: string): string => frame('INFO', message)

export const greeting = (group: string): string => info(`Welcome to SMART-Server - SolMate Real-Time ObServer! - ${group}`)

/**
 * Reads JSON, or what Python makes of the same. Both within the same bounds: what is deeper than {@link DEEPEST}, not finite or named
 * `__proto__` would do harm further on.
 * @throws SyntaxError
 */
export function readEither(text: string): unknown {
    const parsed = readJson(text)
    if (!parsed) return readPythonLiteral(text)
    check(parsed.value, 0)
    return parsed.value
}

function readJson(text: string): { value: unknown } | undefined {
    try {
        return { value: JSON.parse(text) }
    } catch {
        return
    }
}

function check(value: unknown, depth: number): void {
    if (typeof value === 'number' && !Number.isFinite(value)) throw new SyntaxError('a number that is too large')
    if (typeof value !== 'object' || value === null) return
    if (depth >= DEEPEST) throw new SyntaxError('nested too deeply')
    if (Object.hasOwn(value, '__proto__')) throw new SyntaxError('__proto__ is no name')
    for (const each of Object.values(value)) check(each, depth + 1)
}

export const isDict = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value)

/** What went wrong, as whoever sent it should read it. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

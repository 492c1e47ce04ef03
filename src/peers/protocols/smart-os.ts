import { messageOf, parseExactly, put } from '../../lib/index.ts'
import { HEALTH } from '../../sequence-health.ts'
import { type Incoming, type Protocol, Unreadable } from '../session.ts'
import type { Odd } from './odd.ts'
import { MAX_DEPTH, readPythonLiteral } from './python-literal.ts'

/** The types of SMART-OS frames, either way. */
type FrameType = 'INFO' | 'FILT' | 'INIT' | 'UPDT'

const types: readonly unknown[] = ['INFO', 'FILT', 'INIT', 'UPDT']

export const isFrameType = (value: unknown): value is FrameType => types.includes(value)

export function frame(type: FrameType, message: unknown): string {
    const json = JSON.stringify(message)
    return json === undefined ? `{"type":"${type}"}` : `{"type":"${type}","message":${json}}`
}

export const info = (message: string): string => frame('INFO', message)

interface SmartOsSession {
    /** What the greeting names. */
    group: string
    /** @throws if it cannot be read; the message says why */
    read(text: string): Incoming | undefined
    /** What a frame that cannot be read is answered with. */
    unreadable(text: string, reason: string): string
    /** What a frame is answered with that was read. */
    reply(ref: unknown, statusCode: number, payload: unknown): string
}

/** Begins sessions of either side of SMART-OS. All peers share one, as it keeps nothing. */
export function smartOsOpen({ group, read, unreadable, reply }: SmartOsSession): Protocol['open'] {
    const greeting = info(`Welcome to SMART-Server - SolMate Real-Time ObServer! - ${group}`)
    const receive = (text: string) => {
        try {
            return read(text)
        } catch (error) {
            const reason = messageOf(error)
            throw new Unreadable(reason, info(unreadable(text, reason)))
        }
    }
    const session = { receive, encode, reply: (...given: Parameters<typeof reply>) => info(reply(...given)), encoding: 'smart-os' }
    return (peer) => {
        peer.send(greeting)
        return session
    }
}

/**
 * Reads JSON or a Python literal, with numbers as {@link exactly} has them. Neither may be nested deeper than {@link MAX_DEPTH} or have a
 * property `__proto__`.
 * @param odd is given values that are neither
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
    if (depth >= MAX_DEPTH) throw new SyntaxError('nested too deeply')
    if (Object.hasOwn(value, '__proto__')) throw new SyntaxError('__proto__ is no name')
    for (const each of Object.values(value)) check(each, depth + 1)
}

/** A text without white space around it and without the NULs that programs in C may add. */
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

/** A number as four digits. */
export const fourDigits = (seq: number): string => String(Math.abs(seq) % 10_000).padStart(4, '0')

/** Columns without those that count faults in the order of messages, which SMART-OS does not know. */
export function withoutHealth(columns: Record<string, unknown>): Record<string, unknown> {
    let isCounted = false
    for (const name of HEALTH.keys()) isCounted ||= Object.hasOwn(columns, name)
    if (!isCounted) return columns
    const shown: Record<string, unknown> = {}
    for (const name of Object.keys(columns)) if (!HEALTH.has(name)) put(shown, name, columns[name])
    return shown
}

/**
 * The frame of a payload: a payload that is a frame stays one; one with the `id` of a device and `set` or `changed` becomes an update;
 * anything else becomes information.
 */
function encode(payload: unknown): string {
    if (!isDict(payload)) return info(typeof payload === 'string' ? payload : (JSON.stringify(payload) ?? ''))
    if (isFrameType(payload.type)) return frame(payload.type, payload.message)
    const { id, set = payload.changed, kind, sequence } = payload
    if (typeof id !== 'string' || !isDict(set)) return info(JSON.stringify(payload))
    const seq = Number.isSafeInteger(sequence) ? Number(sequence) : 0
    return frame(kind === 'INIT' ? 'INIT' : 'UPDT', `${fourDigits(seq)}:${id}:${JSON.stringify(withoutHealth(set))}`)
}

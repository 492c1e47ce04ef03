import { parseExactly } from '../../lib/index.ts'
import { type Incoming, type Protocol, type Session, Unreadable } from '../session.ts'
import type { Odd } from './odd.ts'
import { readPythonLiteral } from './python-literal.ts'
import { bare } from './smart-os.ts'

/** Levels of nested lists and objects. */
const MAX_DEPTH = 32

/**
 * Plain JSON, one value per frame; numbers that JavaScript would round become text ({@link parseExactly}). Objects and lists that are
 * nearly JSON, with `NaN` or in Python's notation, are read, too. Anything else is answered with `{"error": "…"}`, and so is what is nested
 * too deeply or has a property `__proto__`, which would do harm where it is copied.
 */
export const json: Protocol = { pages: 'listed', viewers: 'events', open: () => session }

const session: Session = {
    receive: (text) => readJson(text, (reason) => JSON.stringify({ error: reason })),
    encode: (payload) => JSON.stringify(payload),
    reply: (_ref, _statusCode, payload) => JSON.stringify(payload),
    encoding: 'json',
}

/** Reads a frame as {@link json} does. @param answer makes the answer from the reason why a frame cannot be read @throws {@link Unreadable} */
export function readJson(text: string, answer: (reason: string) => string): Incoming {
    const odd: Odd[] = []
    const payload = parsed(text, odd)
    const reason = payload === undefined ? 'not JSON' : faultOf(payload)
    if (reason) throw new Unreadable(reason, answer(reason))
    return odd.length > 0 ? { payload, odd } : { payload }
}

function parsed(text: string, odd: Odd[]): unknown {
    return attempt(() => parseExactly(text)) ?? attempt(() => nearly(bare(text), odd))
}

const nearly = (text: string, odd: Odd[]): unknown => (/^[{[]/.test(text) ? readPythonLiteral(text, odd) : undefined)

function attempt(read: () => unknown): unknown {
    try {
        return read()
    } catch {
        return
    }
}

/** Why a value must not go on to flows, if there is a reason: it is nested too deeply, or has a property that does harm. */
export function faultOf(value: unknown, levels = MAX_DEPTH): string | undefined {
    if (typeof value !== 'object' || value === null) return
    if (levels === 0) return `nested deeper than ${MAX_DEPTH} levels`
    if (Object.hasOwn(value, '__proto__')) return '__proto__ is not a property a message may have'
    for (const inner of Object.values(value)) {
        const reason = faultOf(inner, levels - 1)
        if (reason) return reason
    }
    return
}

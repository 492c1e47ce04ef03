import { parseExactly } from '../../lib/index.ts'
import { type Incoming, type Protocol, type Session, Unreadable } from '../session.ts'
import type { Odd } from './odd.ts'
import { readPythonLiteral } from './python-literal.ts'
import { bare } from './smart-os.ts'

/** Levels of lists and objects in each other. */
const DEEPEST = 32

/**
 * Plain JSON, one value a frame; numbers that JavaScript would round are text, as {@link parseExactly} has it. An object or a list that is
 * nearly JSON, with a `NaN` in it or in Python's notation, is taken all the same. What is none, too deep, or has a property `__proto__`
 * anywhere, which would do harm to whatever copies it, is answered with `{"error": "…"}`.
 */
export const json: Protocol = { name: 'json', pages: 'listed', viewers: true, open: () => session }

const session: Session = {
    receive: (text) => readJson(text, (reason) => JSON.stringify({ error: reason })),
    encode: (payload) => JSON.stringify(payload),
    reply: (_ref, _statusCode, payload) => JSON.stringify(payload),
    encoding: 'json',
}

/** Reads a frame as {@link json} does. @param answer what the peer is told of a reason why it cannot be read @throws {@link Unreadable} */
export function readJson(text: string, answer: (reason: string) => string): Incoming {
    const odd: Odd[] = []
    const payload = parsed(text, odd)
    const reason = payload === undefined ? 'not JSON' : wrong(payload, DEEPEST)
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

function wrong(value: unknown, levels: number): string | undefined {
    if (typeof value !== 'object' || value === null) return
    if (levels === 0) return `nested deeper than ${DEEPEST} levels`
    if (Object.hasOwn(value, '__proto__')) return '__proto__ is not a property a message may have'
    for (const inner of Object.values(value)) {
        const reason = wrong(inner, levels - 1)
        if (reason) return reason
    }
    return
}

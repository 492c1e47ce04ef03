import { parseExactly } from '../../lib/index.ts'
import type { Protocol } from '../protocol.ts'
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
export const json: Protocol = {
    name: 'json',
    read(text) {
        const odd: Odd[] = []
        const payload = parsed(text, odd)
        const reason = payload === undefined ? 'not JSON' : wrong(payload, DEEPEST)
        if (reason) return { error: JSON.stringify({ error: reason }), reason }
        return odd.length > 0 ? { payload, odd } : { payload }
    },
    write: (payload) => JSON.stringify(payload),
    answer: (_reply, _statusCode, payload) => JSON.stringify(payload),
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

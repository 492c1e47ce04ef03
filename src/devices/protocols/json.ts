import type { Protocol } from '../protocol.ts'

/** Levels of lists and objects in each other. */
const DEEPEST = 32

/**
 * Plain JSON, one value a frame. What is none, too deep, or has a property `__proto__` anywhere, which would do harm to whatever copies
 * it, is answered with `{"error": "…"}`.
 */
export const json: Protocol = {
    name: 'json',
    read(text) {
        const payload = parsed(text)
        const reason = payload === undefined ? 'not JSON' : wrong(payload, DEEPEST)
        return reason ? { error: JSON.stringify({ error: reason }), reason } : { payload }
    },
    write: (payload) => JSON.stringify(payload),
    answer: (_reply, _statusCode, payload) => JSON.stringify(payload),
}

function parsed(text: string): unknown {
    try {
        return JSON.parse(text)
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

/** The answer that is sent, as JSON; `isWhole` is false if the payload could not be written, which the caller is told then. */
export interface Body {
    body: string
    isWhole: boolean
}

/** Makes an answer of a message. The promise stands whatever its payload is: one that is no JSON is answered with a failure. */
export function bodyOf({ payload, statusCode }: { payload?: unknown; statusCode?: unknown }): Body {
    const message = Number(statusCode ?? 200) < 400 ? 'done' : 'failed'
    try {
        if (typeof payload === 'string' || typeof payload === 'number' || typeof payload === 'boolean')
            return { body: JSON.stringify({ message: String(payload) }), isWhole: true }
        const given: unknown = JSON.parse(JSON.stringify(payload) ?? 'null')
        const fields = Array.isArray(given) || typeof given !== 'object' ? { message: JSON.stringify(given) } : given
        return { body: JSON.stringify({ message, ...fields }), isWhole: true }
    } catch {
        return { body: JSON.stringify({ message: 'the answer cannot be written as JSON' }), isWhole: false }
    }
}

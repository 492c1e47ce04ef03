/** A string, also one that has no end, or whatever stands outside of strings. */
const TOKENS = /"(?:[^"\\]|\\.)*(?:"|\\?$)|[^\s{}[\]:,"]+/gs
const VALUE = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/

/**
 * Reads an object as plugs write it: a value that is none in JSON, such as `nan`, `-inf` or `nan(ind)`, is null.
 * @see https://github.com/arendst/Tasmota/issues/4147
 */
export function parse(text: string): unknown {
    if (!text.startsWith('{')) return undefined
    return tryParse(text) ?? tryParse(text.replace(TOKENS, (token) => (token.startsWith('"') || VALUE.test(token) ? token : 'null')))
}

function tryParse(text: string): unknown {
    try {
        return JSON.parse(text)
    } catch {
        return undefined
    }
}

/** The value itself if it is an object or an array, and an empty object otherwise. */
export const objectOf = (value: unknown): Record<string, unknown> => (typeof value === 'object' && value !== null ? { ...value } : {})

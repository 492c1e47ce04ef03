import type { Node, NodeAPI, NodeMessage } from 'node-red'
import { badInput, isMissing } from '../lib/index.ts'
import { SocketworksError, toError } from './errors.ts'
import { checkPayload } from './reply.ts'

/**
 * Evaluates a typed input: `config[key]` of the type `config[key + 'Type']`. Gives the value where it is at hand, as most are, and a
 * promise of it where it is not.
 * @throws {@link Refusal} 422 naming `key` when the expression fails or the body tries to reach an object's prototype
 * @throws SocketworksError `BAD_CONFIG` when the setting is no path at all
 */
export function input(RED: NodeAPI, node: Node, config: Record<string, unknown>, key: string, msg: NodeMessage): unknown {
    guard(msg.payload)
    const { value, type, needsPayload, steps } = settingOf(config, key)
    if (needsPayload) checkPayload(msg)
    if (type === 'request') return requested(msg, value)
    if (type !== 'msg') return evaluated(RED, node, { key, value, type }, msg)
    try {
        return steps ? at(msg, steps) : RED.util.getMessageProperty(msg, value)
    } catch {
        // A path through something that is not there is a value that is not there.
        return absent(RED, key, value)
    }
}

/** The setting of a typed input, taken apart. */
interface Setting {
    value: string
    type: string
    /** Whether it may look at the payload. */
    needsPayload: boolean
    /** The names of a path that is nothing but names, as most are: Node-RED would take it apart for every message. */
    steps: readonly string[] | undefined
}

/** Settings do not change while their node is there. */
const known = new WeakMap<object, Record<string, Setting>>()

function settingOf(config: Record<string, unknown>, key: string): Setting {
    const settings = known.get(config) ?? {}
    if (settings[key]) return settings[key]
    const setting = takenApart(String(config[key]), String(config[`${key}Type`]))
    known.set(config, { ...settings, [key]: setting })
    return setting
}

const takenApart = (value: string, type: string): Setting => ({
    value,
    type,
    needsPayload: type === 'jsonata' || type === 'request' || /^payload\b/.test(value),
    steps: /^(?!msg\.)[a-z_$][\w$]*(\.[a-z_$][\w$]*)*$/i.test(value) ? value.split('.') : undefined,
})

function at(msg: NodeMessage, steps: readonly string[]): unknown {
    let found: unknown = msg
    for (const name of steps) {
        if (found === undefined || found === null) return undefined
        found = (found as Record<string, unknown>)[name]
    }
    return found
}

interface Requested {
    req?: { body?: unknown; query?: unknown } | null
    payload?: unknown
}

/** A field of the request's body, or else of its query. A body that is but a value is the value; without a request the payload is the body. */
function requested(msg: Requested, name: string): unknown {
    const { req } = msg
    const body = req ? req.body : msg.payload
    if (isRecord(body) ? Object.hasOwn(body, name) : !isMissing(body)) return isRecord(body) ? body[name] : body
    return isRecord(req?.query) && Object.hasOwn(req.query, name) ? req.query[name] : undefined
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)

/** Goes on with a value: at once, unless it has to be waited for. */
export const withValue = <T>(value: unknown, run: (value: unknown) => T | Promise<T>): T | Promise<T> =>
    value instanceof Promise ? value.then(run) : run(value)

async function evaluated(
    RED: NodeAPI,
    node: Node,
    { key, value, type }: { key: string; value: string; type: string },
    msg: NodeMessage,
): Promise<unknown> {
    try {
        return await new Promise((resolve, reject) =>
            RED.util.evaluateNodeProperty(value, type, node, msg, (error: Error | null, result: unknown) =>
                error ? reject(error) : resolve(result),
            ),
        )
    } catch (error) {
        throw badInput(key, `could not be evaluated: ${toError(error).message}`)
    }
}

/** A mistyped path must not pass for a value that nobody gave: without a timeout an instance runs for ever. */
function absent(RED: NodeAPI, key: string, path: string): undefined {
    if (path.trim() === '') return
    try {
        RED.util.normalisePropertyExpression(path)
    } catch (cause) {
        throw new SocketworksError('BAD_CONFIG', `${key}: ${toError(cause).message}`, { cause })
    }
}

/** What whoever sent the message calls an input: the last word of the property it is read from. */
export function nameOf(config: Record<string, unknown>, key: string): string {
    const [name] = (['msg', 'request'].includes(String(config[`${key}Type`])) && /\w+$/.exec(String(config[key]))) || []
    return name ?? key
}

/** JSON.parse makes `__proto__` an own property: harmless to us, but not to whatever copies the body further on. */
function guard(payload: unknown): void {
    if (typeof payload === 'object' && payload !== null && Object.hasOwn(payload, '__proto__'))
        throw badInput('__proto__', 'is not a property a message may have')
}

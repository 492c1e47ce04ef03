import assert from 'node:assert/strict'
import { LocalBus } from '../../src/bus/index.ts'
import { Refusal } from '../../src/lib/index.ts'

/**
 * Has every bus of this process carry what is put on it, as one between processes would: messages and answers arrive as copies, made by
 * JSON, and errors as what is left of them. What cannot travel fails the test, whoever would catch or log it.
 */

/** What arrives of data. @throws an AssertionError for what JSON does not carry unchanged */
export function carried<T>(data: T): T {
    if (data === undefined) return data
    const text = JSON.stringify(data)
    assert.ok(text !== undefined, `${typeof data} cannot travel`)
    const copy: unknown = JSON.parse(text)
    assert.deepStrictEqual(copy, data, 'only plain data can travel')
    return copy as T
}

/** What arrives of an error. */
export function carriedError(error: unknown): Error {
    if (error instanceof Refusal) return new Refusal(...carried([error.status, error.code, error.message, error.details] as const))
    const { message, code } = Object(error)
    return Object.assign(new Error(carried(String(message ?? error))), code !== undefined && { code: carried(code) })
}

/** Fails the test that runs, even if what throws here is caught and logged. */
function checked<T>(topic: string, carry: () => T): T {
    try {
        return carry()
    } catch (cause) {
        const error = new Error(`${topic}: ${Object(cause).message}`, { cause })
        process.nextTick(() => {
            throw error
        })
        throw error
    }
}

const { publish, request } = LocalBus.prototype

/** The bus as it is outside of tests: what is put on it is handed over. */
export const direct = (bus: LocalBus): LocalBus => Object.assign(bus, { publish, request })

LocalBus.prototype.publish = function (topic, message) {
    const text = checked(topic, () => carried(message))
    publish.call(this, topic, text)
}

LocalBus.prototype.request = async function <Answer>(topic: string, message: unknown, options: object): Promise<Answer> {
    try {
        const answer = await request.call(
            this,
            topic,
            checked(topic, () => carried(message)),
            options,
        )
        return checked(topic, () => carried(answer)) as Answer
    } catch (error) {
        // What bounds the request is on the requester's side, and so is its reason.
        if (Object(options).signal?.aborted) throw error
        throw checked(topic, () => carriedError(error))
    }
}

import { deserialize, serialize } from 'node:v8'
import { messageOf, Refusal } from '../lib/index.ts'

/**
 * A message as text: with its Buffers, dates, maps and whatever else a structured clone keeps, but without the HTTP
 * request it came with, which does not outlive the process.
 * @throws {@link Refusal} 422 `NOT_STORABLE` naming the property that cannot be kept
 */
export function encodeMessage(message: object): string {
    const { req, res, ...rest } = message as Record<string, unknown>
    try {
        return serialize(rest).toString('base64')
    } catch (error) {
        const culprit = Object.keys(rest).find((key) => !serializable(rest[key]))
        throw new Refusal(422, 'NOT_STORABLE', `msg.${culprit} cannot be kept: ${messageOf(error)}`)
    }
}

/** @throws if it is no message */
export function decodeMessage(text: string): object {
    return deserialize(Buffer.from(text, 'base64'))
}

function serializable(value: unknown): boolean {
    try {
        serialize(value)
        return true
    } catch {
        return false
    }
}

import type { NodeMessage } from 'node-red'
import { openResponse } from './response.ts'

/** The part of Express's response that an *http response* node answers with. */
interface Response {
    req?: { method?: string; query?: { callback?: unknown } }
    jsonp(body: unknown): unknown
    getHeader(name: string): unknown
    setHeader(name: string, value: string | number): void
    cork(): void
    write(part: string | Buffer): void
    end(part: string): void
    uncork(): void
}

/** A long list of texts as JSON, as it was last made: it is mostly asked for again as it was. */
export class ListJson {
    #list: readonly unknown[] = []
    #json = Buffer.from('[]')

    of(list: readonly unknown[]): Buffer {
        if (this.#isLast(list)) return this.#json
        const json = Buffer.from(JSON.stringify(list))
        // Lists and objects may have changed since, although they are the same ones.
        if (!list.every((text) => typeof text === 'string')) return json
        this.#list = [...list]
        this.#json = json
        return json
    }

    /** A loop, as it takes half the time of `every` for a thousand of them. */
    #isLast(list: readonly unknown[]): boolean {
        const last = this.#list
        if (list.length !== last.length) return false
        for (let i = 0; i < list.length; i++) if (list[i] !== last[i]) return false
        return true
    }
}

/**
 * Has the request that a message is bound to answered with less work, if it is answered with this very payload: the list in it, which may
 * be long, is not made JSON of each time, nor is a checksum of all of it sent along, which changes with every answer. What a flow has
 * changed in the payload is in the answer.
 * @param key where the list is
 */
export function quickJson<K extends string>(msg: NodeMessage, payload: { [key in K]: readonly unknown[] }, key: K, json: ListJson): void {
    const response = responseOf(msg)
    if (response)
        instead(response, payload, () => {
            const list: unknown = payload[key]
            if (!Array.isArray(list) || 'toJSON' in payload) return undefined
            const { [key]: _, ...rest } = payload
            const others = JSON.stringify(rest).slice(1, -1)
            return [`{${others}${others && ','}${JSON.stringify(key)}:`, json.of(list), '}']
        })
}

/** As {@link quickJson}, for requests that do something: nobody asks for a checksum of what came of it, to be told that it is the same. */
export function quickAnswer(msg: NodeMessage, payload: object): void {
    const response = responseOf(msg)
    if (response && response.req?.method !== 'GET' && response.req?.method !== 'HEAD')
        instead(response, payload, () => {
            const text: string | undefined = JSON.stringify(payload)
            return text === undefined ? undefined : [text]
        })
}

function responseOf(msg: NodeMessage): Response | undefined {
    const response = openResponse(msg) as unknown as Response | undefined
    return typeof response?.jsonp === 'function' && response.req?.query?.callback === undefined ? response : undefined
}

/** @param make gives the answer in parts; undefined leaves it to Express */
function instead(response: Response, payload: object, make: () => (string | Buffer)[] | undefined): void {
    const usual = response.jsonp
    response.jsonp = (body) => {
        const parts = body === payload ? make() : undefined
        if (!parts) return usual.call(response, body)
        if (!response.getHeader('content-type')) {
            response.setHeader('x-content-type-options', 'nosniff')
            response.setHeader('content-type', 'application/json; charset=utf-8')
        }
        response.setHeader(
            'content-length',
            parts.reduce((sum, part) => sum + Buffer.byteLength(part), 0),
        )
        const last = parts.pop() as string
        if (parts.length > 0) response.cork()
        for (const part of parts) response.write(part)
        response.end(last)
        if (parts.length > 0) response.uncork()
        return response
    }
}

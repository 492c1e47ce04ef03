import type { NodeMessage } from 'node-red'
import { openResponse } from './reply.ts'

/** The part of Express's response that an *http response* node answers with. */
interface Response {
    req?: { query?: { callback?: unknown } }
    jsonp(body: unknown): unknown
    getHeader(name: string): unknown
    setHeader(name: string, value: string | number): void
    end(body: Buffer): void
}

/** A long list of texts as JSON, as it was last made: it is mostly asked for again as it was. */
export class ListJson {
    #list: readonly unknown[] = []
    #json = Buffer.from('[]')

    of(list: readonly unknown[]): Buffer {
        if (list.length === this.#list.length && list.every((text, i) => text === this.#list[i])) return this.#json
        const json = Buffer.from(JSON.stringify(list))
        // What is no text may change and still be the same.
        if (!list.every((text) => typeof text === 'string')) return json
        this.#list = [...list]
        this.#json = json
        return json
    }
}

/**
 * Has the request that a message is bound to answered with less work, if it is answered with this very payload: the list in it, which may
 * be long, is not made JSON of each time, nor is a checksum of all of it sent along, which changes with every answer. What a flow has
 * changed in the payload is in the answer.
 * @param key where the list is
 */
export function quickJson<K extends string>(msg: NodeMessage, payload: { [key in K]: readonly unknown[] }, key: K, json: ListJson): void {
    const response = openResponse(msg) as unknown as Response | undefined
    if (typeof response?.jsonp !== 'function' || response.req?.query?.callback !== undefined) return
    const usual = response.jsonp
    response.jsonp = (body) => {
        const list: unknown = payload[key]
        if (body !== payload || !Array.isArray(list) || 'toJSON' in payload) return usual.call(response, body)
        const { [key]: _, ...rest } = payload
        const others = JSON.stringify(rest).slice(1, -1)
        const all = Buffer.concat([Buffer.from(`{${others}${others && ','}${JSON.stringify(key)}:`), json.of(list), Buffer.from('}')])
        if (!response.getHeader('content-type')) response.setHeader('content-type', 'application/json; charset=utf-8')
        response.setHeader('content-length', all.length)
        response.end(all)
        return response
    }
}

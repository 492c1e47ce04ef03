import type { HostGuard } from '../http/index.ts'
import { badInput, Refusal } from '../lib/index.ts'

/** Where somebody wants to be called back, and the header that asked for it as it was spelt. */
export interface Target {
    header: string
    url: string
}

/** The part of an HTTP request that is looked at. */
export interface Headers {
    headers?: Record<string, unknown> | undefined
    /** Names and values in turn, as Node.js has them: the only place that keeps the spelling and tells one header from two. */
    rawHeaders?: unknown
}

const LONGEST_URL = 2048

/**
 * Reads the one header whose name ends in `-callback`.
 * @param allows says whether a host may be called back
 * @param guard says which never are
 * @returns undefined if there is none
 * @throws {@link Refusal} 422 naming the header, if there are several or its URL is not one to be called
 */
export function findTarget(request: Headers, allows: (url: URL) => boolean, guard: Pick<HostGuard, 'refusesUrl'>): Target | undefined {
    const found = callbackHeaders(request)
    const [first] = found
    if (!first) return undefined
    const [header, value] = first
    if (found.length > 1) throw badInput(header, 'must be the only callback header')
    return { header, url: checkUrl(header, value, (url) => allows(url) && !guard.refusesUrl(url)) }
}

function callbackHeaders({ headers = {}, rawHeaders }: Headers): [name: string, value: unknown][] {
    const raw = Array.isArray(rawHeaders) ? pairs(rawHeaders) : []
    return Object.entries(headers)
        .filter(([name]) => name.toLowerCase().endsWith('-callback'))
        .flatMap(([name, value]): [string, unknown][] => {
            const sent = raw.filter(([spelt]) => spelt.toLowerCase() === name.toLowerCase())
            if (sent.length > 0) return sent
            return Array.isArray(value) ? value.map((one) => [name, one]) : [[name, value]]
        })
}

const pairs = (raw: unknown[]): [string, unknown][] => raw.flatMap((name, i) => (i % 2 === 0 ? [[String(name), raw[i + 1]]] : []))

function checkUrl(header: string, value: unknown, allows: (url: URL) => boolean): string {
    if (typeof value !== 'string' || !URL.canParse(value)) throw badInput(header, 'must be a URL')
    if (value.length > LONGEST_URL) throw badInput(header, `must be at most ${LONGEST_URL} characters long`)
    const url = new URL(value)
    if (url.protocol !== 'http:' && url.protocol !== 'https:') throw badInput(header, 'must be an http or https URL')
    if (url.username || url.password) throw badInput(header, 'must not hold a user or password')
    if (!allows(url))
        throw new Refusal(422, 'CALLBACK_REFUSED', `${header} is not allowed to name that host`, {
            errors: [{ path: header, message: 'is not allowed to name that host' }],
        })
    url.hash = ''
    return url.href
}

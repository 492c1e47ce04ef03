import type { IncomingMessage } from 'node:http'
import { isSameOrigin } from '../http/index.ts'
import { Deduplicator } from '../lib/index.ts'

/** Origins whose refusal is logged, each once: a refused client tries again and again. */
const MAX_LOGGED = 100
const MAX_LOGGED_LENGTH = 200

/** The origin of a web page, as browsers send it: neither a file nor, as some programs send, the address of a home page. */
const ofPage = /^(?:null|https?:\/\/[^/]+)$/
const ofBrowser = /^(?:null|[a-z][a-z\d+.-]*:\/\/[^/]*)$/

/**
 * Makes the rule for which web pages may connect. A request without an Origin, or with one that no browser sends, is not from a page, and is
 * accepted. The first refusal of each origin is logged with advice.
 * @param list allowed origins separated by commas, `*` for any. If none of them is of a web page, this server's own pages may connect
 * @param isOurs whether a host name is one of this server's: otherwise a foreign page whose host name resolves to this server (DNS
 * rebinding) would count as our own
 */
export function originRule(
    list: string,
    isOurs: (host: string) => boolean = () => true,
    log: (text: string) => void = () => {},
): (request: IncomingMessage) => boolean {
    const origins = new Set(list.split(',').map(plain))
    const ownMay = ![...origins].some((origin) => ofPage.test(origin))
    const logged = new Deduplicator(MAX_LOGGED)
    return ({ headers }) => {
        if (headers.origin === undefined || origins.has('*')) return true
        const origin = plain(headers.origin)
        if (origins.has(origin) || !ofBrowser.test(origin)) return true
        const host = headers.host ?? ''
        const isOwn = host !== '' && isSameOrigin(origin, host)
        if (isOwn && ownMay && isOurs(host)) return true
        if (logged.isNew(origin.slice(0, MAX_LOGGED_LENGTH))) log(advice(origin, host, headers['x-forwarded-host'], isOwn && ownMay))
        return false
    }
}

/** An origin as browsers write it. */
function plain(text: string): string {
    const origin = text.trim().toLowerCase().replace(/\/$/, '')
    if (origin === 'file:/') return 'file://'
    return /^https?:\/\/[^/]+$/.test(origin) && URL.canParse(origin) ? new URL(origin).origin : origin
}

/** @param forwarded what a proxy says that it was asked for */
function advice(from: string, asked: string, forwarded: unknown, isOwn: boolean): string {
    const [origin, host] = [from.slice(0, MAX_LOGGED_LENGTH), asked.slice(0, MAX_LOGGED_LENGTH)]
    const refused = `a connection from the origin ${origin} was refused`
    if (isOwn) return `${refused}: the name in ${host} is not one of this server, unless HTTP_HOSTS lists it`
    const list = `list ${origin} in "Allowed origins" (OBSERVER_ORIGINS in the example flow) to let it in`
    if (typeof forwarded === 'string' && isSameOrigin(from, forwarded.split(',', 1)[0]!.trim()))
        return `${refused}: a proxy has changed the header Host to ${host}; have it passed on unchanged, or ${list}`
    return `${refused}, as this server was asked for as ${host || 'nothing'}: ${list}; if there is a proxy, have it pass the header Host on unchanged`
}

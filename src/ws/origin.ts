import type { IncomingMessage } from 'node:http'
import { isSameOrigin } from '../http/index.ts'
import { Once } from '../lib/index.ts'

/** Origins whose refusal is logged: whoever is refused comes again and again. */
const MOST_LOGGED = 100
const LONGEST_LOGGED = 200

/** What browsers say of a web page: neither a file nor, as some programs do, the address of a home page. */
const ofPage = /^(?:null|https?:\/\/[^/]+)$/
const ofBrowser = /^(?:null|[a-z][a-z\d+.-]*:\/\/[^/]*)$/

/**
 * Which pages a browser may connect from. What sends no Origin is no browser, and not concerned; nor is what sends one with a path or without
 * a scheme, which no browser does. The first refusal of each origin is logged with what would let it in.
 * @param list origins separated by commas, each as it is sent; `*` any. As long as none of a web page is among them, this server's own
 * pages may connect
 * @param isOurs whether this server is called by that name: a page whose own name was made to point here passes for one of ours otherwise
 */
export function originRule(
    list: string,
    isOurs: (host: string) => boolean = () => true,
    log: (text: string) => void = () => {},
): (request: IncomingMessage) => boolean {
    const origins = new Set(list.split(',').map(plain))
    const ownMay = ![...origins].some((origin) => ofPage.test(origin))
    const logged = new Once(MOST_LOGGED)
    return ({ headers }) => {
        if (headers.origin === undefined || origins.has('*')) return true
        const origin = plain(headers.origin)
        if (origins.has(origin) || !ofBrowser.test(origin)) return true
        const host = headers.host ?? ''
        const isOwn = host !== '' && isSameOrigin(origin, host)
        if (isOwn && ownMay && isOurs(host)) return true
        if (logged.isNew(origin.slice(0, LONGEST_LOGGED))) log(advice(origin, host, headers['x-forwarded-host'], isOwn && ownMay))
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
    const [origin, host] = [from.slice(0, LONGEST_LOGGED), asked.slice(0, LONGEST_LOGGED)]
    const refused = `a connection from the origin ${origin} was refused`
    if (isOwn) return `${refused}: the name in ${host} is not one of this server, unless HTTP_HOSTS lists it`
    const list = `list ${origin} in "Allowed origins" (OBSERVER_ORIGINS in the example flow) to let it in`
    if (typeof forwarded === 'string' && isSameOrigin(from, forwarded.split(',', 1)[0]!.trim()))
        return `${refused}: a proxy has changed the header Host to ${host}; have it passed on unchanged, or ${list}`
    return `${refused}, as this server was asked for as ${host || 'nothing'}: ${list}; if there is a proxy, have it pass the header Host on unchanged`
}

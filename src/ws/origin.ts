import type { IncomingMessage } from 'node:http'

/**
 * Which pages a browser may connect from. What sends no Origin is no browser, and not concerned.
 * @param list origins separated by commas; blank means this server's own, `*` any
 * @param isOurs whether this server is called by that name: a page whose own name was made to point here passes for one of ours otherwise
 */
export function originRule(list: string, isOurs: (host: string) => boolean = () => true): (request: IncomingMessage) => boolean {
    const origins = new Set(
        list
            .split(',')
            .map((one) => one.trim().toLowerCase().replace(/\/$/, ''))
            .filter((one) => one !== ''),
    )
    return ({ headers }) => {
        const origin = headers.origin?.toLowerCase()
        if (origin === undefined || origins.has('*') || origins.has(origin)) return true
        const host = headers.host?.toLowerCase()
        return origins.size === 0 && host !== undefined && hostOf(origin) === host && isOurs(host)
    }
}

function hostOf(origin: string): string | undefined {
    return URL.canParse(origin) ? new URL(origin).host : undefined
}

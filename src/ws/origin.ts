import type { IncomingMessage } from 'node:http'

/**
 * Which pages a browser may connect from. What sends no Origin is no browser, and not concerned.
 * @param list origins separated by commas; blank means this server's own, `*` any
 */
export function originRule(list: string): (request: IncomingMessage) => boolean {
    const origins = new Set(
        list
            .split(',')
            .map((one) => one.trim().toLowerCase().replace(/\/$/, ''))
            .filter((one) => one !== ''),
    )
    return ({ headers }) => {
        const origin = headers.origin?.toLowerCase()
        if (origin === undefined || origins.has('*') || origins.has(origin)) return true
        return origins.size === 0 && hostOf(origin) === headers.host?.toLowerCase()
    }
}

function hostOf(origin: string): string | undefined {
    return URL.canParse(origin) ? new URL(origin).host : undefined
}

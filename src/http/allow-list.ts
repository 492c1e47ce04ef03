import { portOf } from './guard.ts'

/**
 * Reads an allow-list: hosts separated by commas or blanks, `*.example.org` for all below a domain, each with or without `:port`.
 * @returns what says whether a URL's host is on it; an empty list allows every host
 * @throws when an entry is no host
 */
export function allowList(hosts: string): (url: URL) => boolean {
    const rules = hosts
        .split(/[\s,]+/)
        .filter(Boolean)
        .map(rule)
    return (url) => rules.length === 0 || rules.some((allows) => allows(url))
}

function rule(entry: string): (url: URL) => boolean {
    const [, wildcard, host = '', port] = /^(\*\.)?(\[[^\]]*\]|[^:[\]/*@?#]+)(?::(\d{1,5}))?$/.exec(entry) ?? []
    if (!host || !URL.canParse(`http://${host}/`)) throw new Error(`hosts: "${entry}" is no host`)
    const { hostname } = new URL(`http://${host}/`)
    const name = undotted(hostname)
    return (url) => {
        const asked = undotted(url.hostname)
        const is = wildcard ? asked.endsWith(`.${name}`) : asked === name
        return is && (port === undefined || Number(port) === portOf(url))
    }
}

/** `example.org.` is `example.org`. */
const undotted = (hostname: string): string => hostname.replace(/\.$/, '')

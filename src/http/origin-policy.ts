import { isIP } from 'node:net'
import { Refusal } from '../lib/index.ts'

/** What is read of a request. */
export interface RequestHead {
    method?: unknown
    headers?: Record<string, unknown>
}

export interface OriginPolicyOptions {
    /** Names by which this server may be called, separated by commas: `*.example.org` for all of a domain, `*` for any. */
    hosts: string
    /** Whose pages may ask for changes: origins such as `https://example.org`, separated by commas; `*` for any. */
    origins: string
    /** The name of this machine. */
    machine: string
}

/** Domains that nobody on the internet can have, so that no foreign page can come by such a name. */
const local = /^[^.]+$|\.(localhost|local|internal|lan|home\.arpa)$/
const reads = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Refuses requests that a page of another origin made a browser send: by their headers, and by the host name that they came to. */
export class OriginPolicy {
    readonly #hosts: readonly string[]
    readonly #origins: readonly string[]

    constructor({ hosts, origins, machine }: OriginPolicyOptions) {
        this.#hosts = [machine, ...hosts.split(/[\s,]+/)].filter((name) => name !== '').map((name) => nameOf(name))
        this.#origins = origins.split(/[\s,]+/).map((origin) => origin.toLowerCase().replace(/\/$/, ''))
    }

    /**
     * @param changesState whether something is changed, whatever the method says
     * @param shared the origin that Node-RED's own `httpNodeCors` has let in, if any
     * @throws {@link Refusal} 403 `FOREIGN_HOST` or `FOREIGN_PAGE`
     */
    check({ method, headers = {} }: RequestHead, changesState: boolean, shared?: unknown): void {
        const host = textOf(headers.host)
        // A page whose name was made to point here would pass for one of ours. Programs of old give no name.
        if (host !== '' && !this.isOwnHost(host))
            throw new Refusal(403, 'FOREIGN_HOST', `the name ${nameOf(host).slice(0, 80)} is not listed in HTTP_HOSTS`)
        if (!changesState && reads.has(textOf(method))) return
        if (this.#isForeign(headers, host, shared))
            throw new Refusal(403, 'FOREIGN_PAGE', 'a page of another origin may not ask for this, unless HTTP_ORIGINS lists it')
    }

    /** Whether this server may be called by the name in a header `Host`. */
    isOwnHost(host: string): boolean {
        const name = nameOf(host)
        if (isIP(name.replace(/^\[|\]$/g, '')) !== 0 || local.test(name)) return true
        return this.#hosts.some((known) => known === '*' || known === name || (known.startsWith('*.') && name.endsWith(known.slice(1))))
    }

    #isForeign(headers: Record<string, unknown>, host: string, shared: unknown): boolean {
        const origin = textOf(headers.origin).toLowerCase()
        const site = textOf(headers['sec-fetch-site'])
        // Only browsers send these, and no page can change them.
        if (site === 'same-origin' || site === 'none') return false
        if (origin !== '' && (shared === '*' || shared === headers.origin)) return false
        if (this.#origins.some((known) => known === '*' || (known !== '' && known === origin))) return false
        if (site !== '') return true
        return origin !== '' && !isSameOrigin(origin, host)
    }
}

/** Whether an origin is that of the server: by name and port, as a proxy may have taken off the encryption. @param host as the header has it */
export function isSameOrigin(origin: string, host: string): boolean {
    if (!URL.canParse(origin)) return false
    const { protocol, host: from } = new URL(origin)
    return URL.canParse(`${protocol}//${host}`) && new URL(`${protocol}//${host}`).host === from
}

const nameOf = (host: string): string => host.toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '')

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

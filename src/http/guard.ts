import type { LookupAddress, LookupOptions } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import * as os from 'node:os'
import { formsOf, isRefusedAddress, isRefusedName } from './addresses.ts'

/** A host that is never called. It is final: no later try will find another. */
export class RefusedHost extends Error {
    override readonly name = 'RefusedHost'

    constructor() {
        super('the host is this Node-RED itself, link-local, a metadata service, multicast or unspecified')
    }
}

/** The part of `dns.lookup` that is used. */
export type Resolve = (
    hostname: string,
    options: LookupOptions & { all: true },
    callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

/** What tells where no request of ours may go. */
export interface HostGuard {
    /** Whether an address, as the resolver or a socket gives it, may not be connected to at a port. */
    refuses(address: string, port: number): boolean
    /** Whether a URL may never be called, as far as can be told without asking the resolver. */
    refusesUrl(url: URL): boolean
    /**
     * A `lookup` for sockets that fails with {@link RefusedHost} if any address of a name is refused. It is the connection's own lookup,
     * so that a name cannot have one address when it is checked and another when it is connected to.
     */
    lookup(resolve: Resolve, port: number): LookupFunction
}

/** Where this process itself listens. */
export interface OwnAddresses {
    /** The ports that are not to be called on this machine. */
    ports(): number[]
    /** The addresses of this machine besides loopback. @defaultValue those of its interfaces */
    addresses?(): string[]
}

const interfaces = () => Object.values(os.networkInterfaces()).flatMap((all = []) => all.map(({ address }) => address))

export function makeHostGuard({ ports, addresses = interfaces }: OwnAddresses): HostGuard {
    const isHere = (address: string): boolean => {
        const forms = formsOf(address)
        if (forms.some((form) => form === '::1' || /^127\.\d/.test(form))) return true
        const here = new Set(addresses().flatMap(formsOf).map(canonical))
        return forms.some((form) => here.has(canonical(form)))
    }
    const isHereByName = (name: string) => name === 'localhost' || name.endsWith('.localhost') || name === os.hostname().toLowerCase()
    const refuses = (address: string, port: number) => isRefusedAddress(address) || (ports().includes(port) && isHere(address))
    return {
        refuses,
        refusesUrl(url) {
            const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
            if (isIP(host)) return refuses(host, portOf(url))
            return isRefusedName(host) || (ports().includes(portOf(url)) && isHereByName(host))
        },
        lookup: (resolve, port) => (hostname, options, callback) =>
            resolve(hostname, { ...options, all: true }, (error, found) => {
                if (error) return callback(error, '', 0)
                const [first] = found
                if (!first || found.some(({ address }) => refuses(address, port))) return callback(new RefusedHost(), '', 0)
                if (options.all) return callback(null, found)
                callback(null, first.address, first.family)
            }),
    }
}

const canonical = (address: string): string => (isIP(address) === 6 ? new URL(`http://[${address}]/`).hostname.slice(1, -1) : address)

/** The port a URL leads to. */
export const portOf = (url: URL): number => Number(url.port) || (url.protocol === 'https:' ? 443 : 80)

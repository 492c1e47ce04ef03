import type { LookupAddress, LookupOptions } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

/** IPv4 nets that no callback goes to. Loopback and private nets are not among them: devices live there. */
const refused4: [net: string, prefix: number][] = [
    ['0.0.0.0', 8],
    // Link-local, with the metadata service of most clouds at 169.254.169.254.
    ['169.254.0.0', 16],
    // The metadata services of Alibaba, Oracle and Azure.
    ['100.100.100.200', 32],
    ['192.0.0.192', 32],
    ['168.63.129.16', 32],
    // Multicast; reserved and broadcast.
    ['224.0.0.0', 4],
    ['240.0.0.0', 4],
]

const refused6: [net: string, prefix: number][] = [
    ['::', 128],
    ['fe80::', 10],
    ['ff00::', 8],
    // The metadata services of Amazon and Google.
    ['fd00:ec2::254', 128],
    ['fd20:ce::254', 128],
]

const refusedNames = new Set(['metadata.google.internal', 'metadata.goog', 'metadata', 'instance-data'])

const blocked = new BlockList()
for (const [net, prefix] of refused6) blocked.addSubnet(net, prefix, 'ipv6')
for (const [net, prefix] of refused4) {
    blocked.addSubnet(net, prefix, 'ipv4')
    // The same net as IPv6 writes it: mapped (RFC 4291), NAT64 (RFC 6052, RFC 8215) and 6to4 (RFC 3056).
    for (const carrier of ['::ffff:', '64:ff9b::', '64:ff9b:1::']) blocked.addSubnet(`${carrier}${net}`, 96 + prefix, 'ipv6')
    blocked.addSubnet(`2002:${groups(net)}::`, 16 + prefix, 'ipv6')
    // Compatible (RFC 4291) too, but for ::/104, which has the loopback address in it.
    if (net !== '0.0.0.0') blocked.addSubnet(`::${net}`, 96 + prefix, 'ipv6')
}

function groups(net: string): string {
    const [a = 0, b = 0, c = 0, d = 0] = net.split('.').map(Number)
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
}

/** A host that is never called back. It is final: no later try will find another. */
export class RefusedHost extends Error {
    override readonly name = 'RefusedHost'

    constructor() {
        super('the host is link-local, a metadata service, multicast or unspecified')
    }
}

/** Whether an address, as the resolver gives it, may not be connected to. */
export function isRefusedAddress(address: string): boolean {
    const [bare = ''] = address.split('%')
    const family = isIP(bare)
    return family === 0 || blocked.check(bare, family === 6 ? 'ipv6' : 'ipv4')
}

/**
 * Whether a URL's host may never be called back, as far as can be told without asking the resolver.
 * @param hostname as `URL.hostname` has it, IPv6 in brackets
 */
export function isRefusedHost(hostname: string): boolean {
    const bare = hostname.replace(/^\[|\]$/g, '')
    return isIP(bare) ? isRefusedAddress(bare) : refusedNames.has(bare.replace(/\.$/, ''))
}

/** The part of `dns.lookup` that is used. */
export type Resolve = (
    hostname: string,
    options: LookupOptions & { all: true },
    callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

/**
 * A `lookup` for sockets that fails with {@link RefusedHost} if any address of a name is refused. It is the connection's own
 * lookup, so that a name cannot have one address when it is checked and another when it is connected to.
 */
export const guardedLookup =
    (resolve: Resolve): LookupFunction =>
    (hostname, options, callback) =>
        resolve(hostname, { ...options, all: true }, (error, addresses) => {
            if (error) return callback(error, '', 0)
            const [first] = addresses
            if (!first || addresses.some(({ address }) => isRefusedAddress(address))) return callback(new RefusedHost(), '', 0)
            if (options.all) return callback(null, addresses)
            callback(null, first.address, first.family)
        })

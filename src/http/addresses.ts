import { BlockList, isIP } from 'node:net'

/** IPv4 nets that no request of ours goes to. Loopback and private nets are not among them: devices live there. */
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
for (const [net, prefix] of refused4) blocked.addSubnet(net, prefix, 'ipv4')
for (const [net, prefix] of refused6) blocked.addSubnet(net, prefix, 'ipv6')

/** The ways to write an IPv4 address as an IPv6 one: eight groups, `x` where the address stands, `*` for anything. */
const carriers = [
    // Mapped (RFC 4291) and translated (SIIT, RFC 2765).
    '0 0 0 0 0 ffff x x',
    '0 0 0 0 ffff 0 x x',
    // NAT64 (RFC 6052, RFC 8215) and 6to4 (RFC 3056).
    '64 ff9b 0 0 0 0 x x',
    '64 ff9b 1 * * * x x',
    '2002 x x * * * * *',
    // ISATAP (RFC 5214).
    '* * * * 0 5efe x x',
    '* * * * 200 5efe x x',
    // IPv4-compatible (RFC 4291), to which `::` and `::1` do not belong.
    '0 0 0 0 0 0 x x',
].map((carrier) => carrier.split(' '))

/** An address and whatever IPv4 addresses it stands for, without a zone; nothing if it is no address. */
export function formsOf(address: string): string[] {
    const [bare = ''] = address.split('%')
    if (isIP(bare) !== 6) return isIP(bare) ? [bare] : []
    const groups = groupsOf(bare)
    const carried = carriers.flatMap((carrier) => {
        if (!carrier.every((wanted, i) => wanted === 'x' || wanted === '*' || wanted === groups[i])) return []
        const [high = 0, low = 0] = groups.filter((_, i) => carrier[i] === 'x').map((group) => Number.parseInt(group, 16))
        return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
    })
    const short = groups.slice(0, 7).every((group) => group === '0') && ['0', '1'].includes(groups[7]!)
    return short ? [bare] : [bare, ...carried]
}

/** The eight groups of an IPv6 address, in hexadecimal digits without leading zeros. */
function groupsOf(address: string): string[] {
    const [head = '', tail] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::')
    const [before, after] = [head, tail ?? ''].map((part) => part.split(':').filter(Boolean)) as [string[], string[]]
    return [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after]
}

/** Whether an address, as the resolver gives it, may not be connected to, whoever is there. */
export function isRefusedAddress(address: string): boolean {
    const forms = formsOf(address)
    return forms.length === 0 || forms.some((form) => blocked.check(form, isIP(form) === 6 ? 'ipv6' : 'ipv4'))
}

/** Whether a name, without a dot at its end, is that of a metadata service. */
export const isRefusedName = (name: string): boolean => refusedNames.has(name)

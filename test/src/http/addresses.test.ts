import assert from 'node:assert/strict'
import type { LookupAddress } from 'node:dns'
import { hostname } from 'node:os'
import { isRefusedAddress } from '../../../src/http/addresses.ts'
import { makeHostGuard, RefusedHost } from '../../../src/http/guard.ts'

const refused = [
    ...['169.254.169.254', '169.254.0.1', '100.100.100.200', '192.0.0.192', '168.63.129.16', '0.0.0.0', '0.1.2.3'],
    ...['224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255', '::', 'fe80::1', 'fe80::1%eth0', 'febf::1', 'ff02::1'],
    ...['fd00:ec2::254', 'fd20:ce::254', '::ffff:169.254.169.254', '::ffff:a9fe:a9fe', '::169.254.169.254', '64:ff9b::169.254.169.254'],
    ...['64:ff9b:1::a9fe:a9fe', '2002:a9fe:a9fe::1', '::ffff:0.0.0.0', '64:ff9b::6464:64c8', '::ffff:255.255.255.255', '::ffff:224.0.0.1'],
    ...[
        '::ffff:0:169.254.169.254',
        '::ffff:0:a9fe:a9fe',
        '2001:db8::5efe:169.254.169.254',
        '::ffff:0:0.0.0.0',
        '64:ff9b:1:1:2:3:a9fe:a9fe',
    ],
    'no address',
]
const allowed = [
    ...['127.0.0.1', '127.255.0.1', '10.0.0.1', '172.16.0.1', '192.168.1.255', '192.0.0.8', '8.8.8.8', '100.64.0.1', '223.255.255.255'],
    ...[
        '::1',
        'fd00::1',
        'fec0::1',
        '2001:4860:4860::8888',
        '::ffff:127.0.0.1',
        '::ffff:192.168.0.1',
        '2002:c0a8:1::1',
        '64:ff9b::8.8.8.8',
        '::ffff:0:192.168.0.1',
        '2001:db8::1:0:0:1',
    ],
]

const guard = makeHostGuard({ ports: () => [1880], addresses: () => ['192.168.0.7', 'fd00::7', 'fe80::7%eth0'] })

describe('addresses', () => {
    for (const address of refused) it(`refuses ${address}`, () => assert.equal(isRefusedAddress(address), true))
    for (const address of allowed) it(`allows ${address}`, () => assert.equal(isRefusedAddress(address), false))

    for (const host of ['metadata.google.internal', 'metadata.google.internal.', '[fe80::1]', '[::ffff:a9fe:a9fe]', '169.254.169.254'])
        it(`refuses the host ${host}`, () => assert.equal(guard.refusesUrl(new URL(`http://${host}/`)), true))
    for (const host of ['example.org', 'localhost', '[::1]', '192.168.0.2'])
        it(`allows the host ${host}`, () => assert.equal(guard.refusesUrl(new URL(`http://${host}/`)), false))
})

describe('this machine', () => {
    const here = [
        '192.168.0.7',
        'fd00::7',
        'fd00:0:0::0007',
        '127.0.0.1',
        '127.255.0.1',
        '::1',
        '::ffff:192.168.0.7',
        '::ffff:0:192.168.0.7',
    ]
    here.push('64:ff9b::c0a8:7', '2002:c0a8:7::1', '::192.168.0.7', '::ffff:7f00:1', '64:ff9b:1::7f00:1')
    for (const address of here)
        it(`is refused at the own port by ${address}, and no other`, () => {
            assert.equal(guard.refuses(address, 1880), true)
            assert.equal(guard.refuses(address, 1881), false)
        })
    for (const address of ['192.168.0.8', 'fd00::8', '8.8.8.8', '::ffff:192.168.0.8'])
        it(`is not ${address}`, () => assert.equal(guard.refuses(address, 1880), false))

    for (const url of [
        'http://localhost:1880/',
        'http://localhost.:1880/',
        'http://x.localhost:1880/',
        'https://[::1]:1880/',
        `http://${hostname()}:1880/`,
    ])
        it(`is refused by ${url}`, () => assert.equal(guard.refusesUrl(new URL(url)), true))
    it('is refused at the port that belongs to the scheme', () => {
        const secure = makeHostGuard({ ports: () => [443] })
        assert.equal(secure.refusesUrl(new URL('https://localhost/')), true)
        assert.equal(secure.refusesUrl(new URL('http://localhost/')), false)
    })
})

describe('a lookup that is guarded', () => {
    const look = (addresses: LookupAddress[], all: boolean) =>
        new Promise<unknown>((resolve, reject) =>
            guard.lookup((_hostname, _options, callback) => callback(null, addresses), 1880)(
                'name.test',
                { all },
                (error, address, family) => (error ? reject(error) : resolve(all ? address : { address, family })),
            ),
        )
    const good = { address: '192.168.0.8', family: 4 }
    const bad = { address: '192.168.0.7', family: 4 }

    it('gives what the resolver gave, in the form that was asked for', async () => {
        assert.deepEqual(await look([good], false), good)
        assert.deepEqual(await look([good, { address: 'fd00::8', family: 6 }], true), [good, { address: 'fd00::8', family: 6 }])
    })
    it('fails if any address is refused, so that none is tried in turn', async () => {
        for (const all of [true, false]) await assert.rejects(look([good, bad], all), RefusedHost)
    })
    it('fails without any address', () => assert.rejects(look([], true), RefusedHost))
    it('passes on why a name cannot be resolved', async () => {
        const failing = guard.lookup((_hostname, _options, callback) => callback(new Error('ENOTFOUND'), []), 80)
        await assert.rejects(
            new Promise((resolve, reject) => failing('x.test', {}, (error) => (error ? reject(error) : resolve(0)))),
            /ENOTFOUND/,
        )
    })
})

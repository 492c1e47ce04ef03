import assert from 'node:assert/strict'
import { OriginPolicy } from '../../../src/http/index.ts'
import type { OriginPolicyOptions } from '../../../src/http/origin-policy.ts'

const make = (options: Partial<OriginPolicyOptions> = {}) =>
    new OriginPolicy({ hosts: '', origins: '', machine: 'pi.example.net', ...options })
const page = { status: 403, code: 'FOREIGN_PAGE' }
const host = { status: 403, code: 'FOREIGN_HOST' }
const post = (headers: Record<string, string>) => ({ method: 'POST', headers: { host: '192.168.1.5:1880', ...headers } })

describe('a request', () => {
    it('may come by an address, a local name, this machine’s or a listed one', () => {
        const foreign = make({ hosts: 'flows.example.org, *.Example.com' })
        const names = [
            '127.0.0.1:1880',
            '192.168.1.5',
            '[::1]:1880',
            '[fe80::1]',
            'localhost',
            'LOCALHOST:1880',
            'raspberrypi',
            'nodered:1880',
        ]
        names.push(
            'pi.local:1880',
            'a.localhost',
            'x.home.arpa',
            'pi.example.net',
            'flows.example.org:443',
            'FLOWS.example.org.',
            'a.b.example.com',
        )
        for (const name of names) foreign.check({ method: 'GET', headers: { host: name } }, false)
        foreign.check({ method: 'GET', headers: {} }, true)
        foreign.check({}, false)
        make({ hosts: '*' }).check({ method: 'GET', headers: { host: 'rebound.test' } }, false)
    })

    it('is refused under any other name, be it to read or to write, whatever a proxy is said to have been asked for', () => {
        const foreign = make({ hosts: '*.example.com' })
        for (const name of [
            'rebound.test',
            'rebound.test:1880',
            'example.com',
            'badexample.com',
            'localhost.rebound.test',
            '127.0.0.1.nip.io',
            '1.2.3',
        ])
            for (const method of ['GET', 'POST'])
                for (const more of [{}, { 'x-forwarded-host': 'localhost' }, { origin: `http://${name}`, 'sec-fetch-site': 'same-origin' }])
                    assert.throws(() => foreign.check({ method, headers: { host: name, ...more } }, false), host)
    })

    it('that changes something may come from a program, from the address bar and from a page of the same origin', () => {
        const foreign = make()
        const own = [{}, { 'sec-fetch-site': 'none' }, { 'sec-fetch-site': 'same-origin', origin: 'https://proxied.example.org' }]
        for (const headers of [...own, { origin: 'http://192.168.1.5:1880' }, { origin: 'HTTP://192.168.1.5:1880' }])
            foreign.check(post(headers as Record<string, string>), true)
        foreign.check({ method: 'POST', headers: { host: 'pi.local', origin: 'https://pi.local' } }, true)
        foreign.check({ method: 'POST', headers: { host: 'pi.local:443', origin: 'https://pi.local' } }, true)
    })

    it('that changes something is refused to every other page', () => {
        const foreign = make()
        const others = [
            'null',
            'http://evil.test',
            'http://192.168.1.5',
            'http://192.168.1.5:1881',
            'http://192.168.1.5:1880.evil.test',
            'x',
            'file://',
        ]
        for (const origin of others) assert.throws(() => foreign.check(post({ origin }), false), page)
        for (const site of ['cross-site', 'same-site', 'x']) {
            assert.throws(() => foreign.check(post({ 'sec-fetch-site': site }), false), page)
            assert.throws(() => foreign.check(post({ 'sec-fetch-site': site, origin: 'http://192.168.1.5:1880' }), false), page)
            for (const method of ['PUT', 'DELETE', 'PATCH', 'X', undefined])
                assert.throws(() => foreign.check({ method, headers: { host: 'localhost', 'sec-fetch-site': site } }, false), page)
        }
    })

    it('that only reads may come from anywhere, unless what it reaches acts', () => {
        const image = { method: 'GET', headers: { host: 'localhost', 'sec-fetch-site': 'cross-site' } }
        make().check(image, false)
        assert.throws(() => make().check(image, true), page)
    })

    it('may come from pages that are listed, or that Node-RED lets in', () => {
        const foreign = make({ origins: 'https://board.example.org, http://10.0.0.7:3000/' })
        for (const origin of ['https://board.example.org', 'http://10.0.0.7:3000'])
            foreign.check(post({ origin, 'sec-fetch-site': 'cross-site' }), true)
        for (const origin of ['http://board.example.org', 'https://board.example.org.evil.test', 'http://10.0.0.7'])
            assert.throws(() => foreign.check(post({ origin }), true), page)
        for (const shared of ['*', 'https://shared.example.org'])
            foreign.check(post({ origin: 'https://shared.example.org', 'sec-fetch-site': 'cross-site' }), true, shared)
        for (const shared of [undefined, '', 'https://another.example.org', ['*'], true])
            assert.throws(() => foreign.check(post({ origin: 'https://shared.example.org' }), true, shared), page)
        assert.throws(() => foreign.check(post({ 'sec-fetch-site': 'cross-site' }), true, '*'), page)
        make({ origins: '*' }).check(post({ origin: 'null', 'sec-fetch-site': 'cross-site' }), true)
    })
})

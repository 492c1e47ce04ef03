import assert from 'node:assert/strict'
import { allowList } from '../../../src/http/index.ts'

describe('allowList', () => {
    const cases: [list: string, url: string, allowed: boolean][] = [
        ['a.test', 'http://a.test/', true],
        ['a.test', 'http://A.test.:81/', true],
        ['A.TEST', 'http://a.test/', true],
        ['a.test', 'http://b.a.test/', false],
        ['a.test', 'http://aa.test/', false],
        ['a.test', 'http://a.test.evil.test/', false],
        ['*.a.test', 'http://b.a.test/', true],
        ['*.a.test', 'http://c.b.a.test/', true],
        ['*.a.test', 'http://a.test/', false],
        ['*.a.test', 'http://ba.test/', false],
        ['a.test:81', 'http://a.test:81/', true],
        ['a.test:81', 'http://a.test/', false],
        ['a.test:80', 'http://a.test/', true],
        ['a.test:443', 'https://a.test/', true],
        ['*.a.test:81', 'http://b.a.test:81/', true],
        ['*.a.test:81', 'http://b.a.test:82/', false],
        ['[::1]:81', 'http://[::1]:81/', true],
        ['[0:0::1]', 'http://[::1]/', true],
        ['127.0.0.1', 'http://2130706433/', true],
        ['x.test, a.test', 'http://a.test/', true],
        ['x.test,,  a.test ', 'http://b.test/', false],
        ['bücher.test', 'http://xn--bcher-kva.test/', true],
        [' , ', 'http://anything.test/', true],
    ]
    for (const [list, url, allowed] of cases)
        it(`"${list}" ${allowed ? 'allows' : 'refuses'} ${url}`, () => assert.equal(allowList(list)(new URL(url)), allowed))

    for (const list of ['http://a.test', 'a.test/path', 'a:b', '*', '*.', '::1', 'a.test:', 'a.*.test'])
        it(`is not made of "${list}"`, () => assert.throws(() => allowList(list), /is no host/))
})

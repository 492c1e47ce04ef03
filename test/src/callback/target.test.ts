import assert from 'node:assert/strict'
import { findTarget as find, type Headers } from '../../../src/callback/target.ts'
import { allowList, makeHostGuard } from '../../../src/http/index.ts'
import { Refusal } from '../../../src/lib/index.ts'

const any = allowList('')
const guard = makeHostGuard({ ports: () => [1880] })
const findTarget = (request: Headers, allows: (url: URL) => boolean) => find(request, allows, guard)
const from = (value: unknown, allows = any) => findTarget({ headers: { 'cpee-callback': value } }, allows)

describe('findTarget', () => {
    it('finds nothing where nothing is', () => {
        assert.equal(findTarget({}, any), undefined)
        assert.equal(findTarget({ headers: { callback: 'http://a.test/', 'x-callback-url': 'http://a.test/' } }, any), undefined)
    })

    it('finds the one header that ends in -callback, whatever its case, and keeps its spelling', () => {
        const rawHeaders = ['Host', 'x', 'CPEE-CALLBACK', 'http://a.test/b?c=d']
        const found = findTarget({ headers: { host: 'x', 'cpee-callback': 'http://a.test/b?c=d' }, rawHeaders }, any)
        assert.deepEqual(found, { header: 'CPEE-CALLBACK', url: 'http://a.test/b?c=d' })
        assert.deepEqual(findTarget({ headers: { 'My-CallBack': 'https://a.test' } }, any), {
            header: 'My-CallBack',
            url: 'https://a.test/',
        })
    })

    it('takes devices in the house', () => {
        for (const url of ['http://127.0.0.1:8080/', 'http://192.168.1.2/', 'http://[::1]/', 'http://localhost/'])
            assert.equal(from(url)?.url, url)
    })

    const wrong: unknown[] = ['', ' ', 'nonsense', '/path', '//host/path', 'ftp://a.test/', 'file:///etc/passwd', 'javascript:alert(1)']
    wrong.push(
        'http://',
        'http://user@a.test/',
        'http://:secret@a.test/',
        `http://a.test/${'x'.repeat(2048)}`,
        5,
        null,
        {},
        'http://a:99999/',
    )
    wrong.push('data:,x', 'unix:/run/x', 'ws://a.test/', ['http://a.test/', 'http://b.test/'])
    for (const value of wrong)
        it(`refuses ${String(JSON.stringify(value)).slice(0, 40)}, naming the header`, () =>
            assert.throws(
                () => from(value),
                (error: unknown) => error instanceof Refusal && error.status === 422 && error.message.startsWith('cpee-callback '),
            ))

    const forbidden = ['http://169.254.169.254/latest', 'http://[fe80::1]/', 'http://[::ffff:169.254.169.254]/', 'http://2852039166/']
    forbidden.push(
        'http://0xa9fea9fe/',
        'http://0251.0376.0251.0376/',
        'http://169.254.43518/',
        'http://0/',
        'http://0.0.0.0/',
        'http://[::]/',
    )
    forbidden.push(
        'http://metadata.google.internal/',
        'http://METADATA.google.internal./',
        'http://100.100.100.200/',
        'http://[fd00:ec2::254]/',
    )
    forbidden.push('http://１６９.254.169.254/', 'http://[64:ff9b::a9fe:a9fe]/', 'http://224.0.0.1/', 'http://255.255.255.255/')
    for (const url of forbidden)
        it(`never calls ${url}, allow-list or not`, () => {
            for (const allows of [any, allowList(`169.254.169.254, ${new URL(url).hostname}`)])
                assert.throws(
                    () => from(url, allows),
                    (error: unknown) => error instanceof Refusal && error.status === 422 && error.code === 'CALLBACK_REFUSED',
                )
        })

    it('refuses several headers, also one that came twice', () => {
        const url = 'http://a.test/'
        const is422 = (error: unknown) => error instanceof Refusal && error.status === 422 && /must be the only/.test(error.message)
        assert.throws(() => findTarget({ headers: { 'a-callback': url, 'b-callback': url } }, any), is422)
        const twice = { headers: { 'a-callback': `${url}, ${url}` }, rawHeaders: ['A-Callback', url, 'a-callback', url] }
        assert.throws(() => findTarget(twice, any), is422)
    })
})

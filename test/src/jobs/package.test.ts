import assert from 'node:assert/strict'
import { allowList, makeHostGuard } from '../../../src/http/index.ts'
import { packageFaults } from '../../../src/jobs/package.ts'

const guard = makeHostGuard({ ports: () => [1880] })
const rules = { allows: allowList(''), guard, mostBytes: 1000 }
const good = { package_name: 'package-x74s-eg', path: 'cloudinary/studioPackages/pkg1-x74s.std' }
const faults = (pkg: unknown, hosts = '') => packageFaults(pkg, { ...rules, allows: allowList(hosts) })
const paths = (pkg: unknown, hosts?: string) => faults(pkg, hosts).map(({ path }) => path)

describe('a package', () => {
    it('is taken as the seed has it, with whatever else it holds for the robot', () => {
        assert.deepEqual(faults(good), [])
        assert.deepEqual(faults({ ...good, args: [1, { deep: true }], version: '2', hash: 'A'.repeat(64), size: 1000 }), [])
    })

    it('is told all of its faults at once, each where it is', () => {
        assert.deepEqual(faults({ path: 7, hash: 'x', size: 1.5 }), [
            { path: 'Package.package_name', message: 'is required' },
            { path: 'Package.path', message: 'must be text' },
            { path: 'Package.hash', message: 'must be a SHA-256: 64 hexadecimal digits' },
            { path: 'Package.size', message: 'must be a whole number' },
        ])
        assert.deepEqual(faults(undefined), [{ path: 'Package', message: 'is required' }])
        for (const none of ['text', 5, true]) assert.deepEqual(faults(none), [{ path: 'Package', message: 'must be an object' }])
        assert.deepEqual(paths([]), ['Package.package_name', 'Package.path'])
        assert.deepEqual(paths({ ...good, size: 1001 }), ['Package.size'])
    })

    it('is not taken if it is deep or large beyond reason', () => {
        let deep: unknown = 0
        for (let level = 0; level < 100_000; level++) deep = [deep]
        assert.deepEqual(paths({ ...good, deep }), ['Package'])
        assert.deepEqual(paths({ ...good, much: 'x'.repeat(65_536) }), ['Package'])
        assert.deepEqual(paths(JSON.parse('{"package_name":"a","path":"b","__proto__":{}}')), ['Package'])
    })

    const names = [
        '',
        ' ',
        '.',
        '..',
        '.hidden',
        '~',
        '~root',
        'a.',
        'a ',
        ' a',
        'a/b',
        'a\\b',
        'C:',
        'a:b',
        'a\0b',
        'a\nb',
        'a\u202Eb',
        'a\u2028b',
    ]
    names.push(
        'CON',
        'prn',
        'Aux.txt',
        'nul',
        'COM1',
        'lpt9.std',
        'con .x',
        'CONIN$',
        'com¹',
        '%2e%2e',
        'a%2Fb',
        'a%255cb',
        '%00',
        'a*',
        'a?',
        '"a"',
    )
    names.push('\uD800', 'ä'.repeat(128), 'x'.repeat(201), 'x'.repeat(10_240))
    for (const name of names)
        it(`never has the name ${JSON.stringify(name).slice(0, 30)}`, () =>
            assert.deepEqual(paths({ ...good, package_name: name }), ['Package.package_name']))

    const wrong = [
        '',
        '/etc/passwd',
        '//host/share',
        '../a',
        'a/../b',
        'a/..',
        './a',
        'a/./b',
        'a//b',
        'a/',
        '\\\\host\\share',
        '..\\a',
        'C:\\a',
        'c:/a',
    ]
    wrong.push(
        'a/\0',
        'a/CON',
        'nul.txt/a',
        'a/.ssh/id',
        '~/a',
        'a/%2e%2e/b',
        'a%2f..',
        'a/%252e%252e/b',
        'file:a',
        'x'.repeat(256),
        'ab/'.repeat(3400),
    )
    const foreign = [
        'ftp://a.test/x',
        'file:///etc/passwd',
        'javascript://a',
        'http://',
        'http://a:99999/',
        'http://u@a.test/',
        'http://u:p@a.test/',
    ]
    foreign.push(
        'http://a.test/\n',
        'http:\\\\a.test\\x',
        'http://a.test\\@b.test/',
        ' http://a.test/',
        `http://a.test/${'x'.repeat(2048)}`,
    )
    foreign.push(
        'http://169.254.169.254/latest',
        'http://[::ffff:a9fe:a9fe]/',
        'http://metadata.google.internal/',
        'http://localhost:1880/jobs',
    )
    for (const path of [...wrong, ...foreign])
        it(`never has the path ${JSON.stringify(path).slice(0, 40)}`, () => assert.deepEqual(paths({ ...good, path }), ['Package.path']))

    for (const path of [
        'a',
        'a/b.std',
        'ä/ö ü/ß.zip',
        'my%20pkg/a',
        'console/con1.std',
        'a..b/c',
        'http://a.test/x?y=%2e',
        'https://192.168.1.5:8443/p',
    ])
        it(`may have the path ${path}`, () => assert.deepEqual(faults({ ...good, path }), []))

    it('comes from hosts that are allowed only', () => {
        assert.deepEqual(paths({ ...good, path: 'https://b.test/x' }, 'a.test, *.c.test'), ['Package.path'])
        for (const path of ['https://a.test/x', 'http://b.c.test/', 'no/url'])
            assert.deepEqual(paths({ ...good, path }, 'a.test, *.c.test'), [])
    })
})

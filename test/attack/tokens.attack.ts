import assert from 'node:assert/strict'
import { HEAP, lives } from '../support/attack.ts'
import { bearer, FleetObserver } from '../support/fleet-observer.ts'
import { Issuer } from '../support/issuer.ts'

const base64 = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

describe('attacked with false tokens, the fleet observer', function () {
    this.timeout(60_000)
    const issuer = new Issuer()
    let observer: FleetObserver
    before(async () => {
        const env = { ...HEAP, DEVICE_AUTH: 'jwt', VIEWER_AUTH: 'jwt', OBSERVER_PUBLIC_KEY: issuer.pem }
        observer = await FleetObserver.start({ env })
    })
    after(() => observer.stop())

    async function forged(): Promise<Record<string, string>> {
        const good = await issuer.token({ sub: '0001' })
        const [head = '', body = '', signature = ''] = good.split('.')
        const heads = ['none', 'None', 'NONE', 'nOnE', 'HS256', 'HS512', 'ES256', 'PS256', 'RS1', '', null, 1, {}].map((alg) =>
            base64({ alg }),
        )
        return {
            ...(await issuer.forged({ sub: '0001' })),
            ...Object.fromEntries(
                heads.flatMap((one, i) => [
                    [`head ${i}, its signature`, `${one}.${body}.${signature}`],
                    [`head ${i}, none`, `${one}.${body}.`],
                ]),
            ),
            'another body': `${head}.${base64({ sub: '0002' })}.${signature}`,
            'a key of its own': `${base64({ alg: 'RS256', jwk: { kty: 'oct', k: 'AA' } })}.${body}.${signature}`,
            'the address of a key': `${base64({ alg: 'RS256', jku: 'http://127.0.0.1:1/' })}.${body}.${signature}`,
            'a path as the name of its key': `${base64({ alg: 'RS256', kid: '../../dev/null' })}.${body}.${signature}`,
            'an unknown crit': `${base64({ alg: 'RS256', crit: ['x'], x: 1 })}.${body}.${signature}`,
            'one dot': `${head}.${body}`,
            'no dots': 'x',
            'dots only': '..',
            'ten dots': '.'.repeat(10),
            'a body that is no JSON': `${head}.${base64('x')}.${signature}`,
            'a head that is no JSON': `${base64('x')}.${body}.${signature}`,
            'an array': `${head}.${base64([])}.${signature}`,
            'a signature of zeros': `${head}.${body}.${base64('\0'.repeat(256))}`,
            'half a signature': `${head}.${body}.${signature.slice(0, 100)}`,
            'white space': `${head} .${body}.${signature}`,
            'a huge body': `${head}.${'A'.repeat(6000)}.${signature}`,
        }
    }

    it('lets nobody in, and the owner of a true one at once', async () => {
        const all = Object.entries(await forged())
        assert.ok(all.length >= 50)
        for (const [why, token] of all)
            for (const path of ['/update/', '/client/']) {
                const status = await observer.handshake(path, bearer(token))
                assert.ok(status === 401 || status === 429, `${why}: ${status}`)
            }
        assert.equal(
            await observer.handshake('/update/', bearer(await issuer.token({ sub: '0001', exp: Math.floor(Date.now() / 1000) + 60 }))),
            101,
        )
        await lives(observer.red)
    })
})

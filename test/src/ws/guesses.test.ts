import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { Refusal } from '../../../src/lib/index.ts'
import { byBearer, checkSecret } from '../../../src/ws/authentication.ts'
import { GuessLimiter } from '../../../src/ws/guesses.ts'
import { FakeClock } from '../../support/fake-clock.ts'

describe('guesses of tokens', () => {
    let clock: FakeClock
    let ending: AbortController
    beforeEach(() => {
        clock = new FakeClock()
        ending = new AbortController()
    })
    afterEach(() => ending.abort())

    const guard = (guessable: boolean) => {
        const remote = ({ headers }: IncomingMessage) => String(headers.from)
        const authenticate = new GuessLimiter({ guessable, remote, clock, signal: ending.signal }).limited(byBearer(checkSecret('sesame')))
        /** When and how it was answered: 101, or the status of a refusal. */
        return async (token: string, from = 'a'): Promise<{ status: number; after: number }> => {
            const begun = clock.now()
            const request = { headers: { authorization: `Bearer ${token}`, from }, url: '/' } as unknown as IncomingMessage
            try {
                await authenticate(request)
                return { status: 101, after: clock.now() - begun }
            } catch (error) {
                assert.ok(error instanceof Refusal)
                return { status: error.status, after: clock.now() - begun }
            }
        }
    }
    const settle = () => new Promise(setImmediate)
    /** Lets so many milliseconds pass, in steps. */
    async function pass(ms: number): Promise<void> {
        for (let i = 0; i < ms / 100; i++) {
            await settle()
            clock.advance(100)
        }
        await settle()
    }
    const times = (count: number, one: (i: number) => Promise<{ status: number; after: number }>) => {
        const all = Promise.all(Array.from({ length: count }, (_, i) => one(i)))
        return pass(3000).then(() => all)
    }

    for (const guessable of [true, false])
        it(`are answered slower and slower, and beyond that not at all (${guessable ? 'a short' : 'a long'} token)`, async () => {
            const knock = guard(guessable)
            const answers = await times(50, (i) => knock(`wrong ${i}`))
            const statuses = answers.map(({ status }) => status)
            const burst = guessable ? 5 : 20
            assert.deepEqual(statuses, [...Array(burst + 6).fill(401), ...Array(44 - burst).fill(429)])
            assert.deepEqual(
                answers.slice(burst - 2, burst + 4).map(({ after }) => after),
                [0, 0, 0, 200, 400, 600],
            )
        })

    for (const guessable of [true, false])
        it(`keep nobody out who was in before, nor anybody from elsewhere (${guessable ? 'a short' : 'a long'} token)`, async () => {
            const knock = guard(guessable)
            assert.deepEqual(await knock('sesame'), { status: 101, after: 0 })
            const flood = times(50, (i) => knock(`wrong ${i}`))
            await settle()
            assert.deepEqual(await knock('sesame'), { status: 101, after: 0 })
            assert.deepEqual(await knock('wrong', 'b'), { status: 401, after: 0 })
            await flood
        })

    it('keep nobody out who has a token that nobody can guess', async () => {
        const knock = guard(false)
        const flood = times(50, (i) => knock(`wrong ${i}`))
        await settle()
        assert.deepEqual(await knock('sesame'), { status: 101, after: 0 })
        await flood
    })

    it('let a right one in when its turn has come, where it could be guessed', async () => {
        const knock = guard(true)
        const flood = times(9, (i) => knock(`wrong ${i}`))
        const { status, after } = await Promise.race([settle().then(() => knock('sesame')), flood.then(() => assert.fail())])
        assert.equal(status, 101)
        assert.ok(after > 500 && after <= 1000, String(after))
        await flood
    })

    it('are forgotten with time', async () => {
        const knock = guard(true)
        await times(30, (i) => knock(`wrong ${i}`))
        await pass(6000)
        assert.deepEqual(await knock('wrong'), { status: 401, after: 0 })
    })

    it('from one network of IPv6 are those of one address', async () => {
        const knock = guard(true)
        const answers = await times(40, (i) => knock(`wrong ${i}`, i % 2 ? `2001:db8::${i.toString(16)}` : `2001:db8:0:0:${i}::1`))
        assert.equal(answers.filter(({ status }) => status === 429).length, 29)
        assert.deepEqual(await knock('wrong', '2001:db8:0:1::1'), { status: 401, after: 0 })
    })
})

import assert from 'node:assert/strict'
import { Answers } from '../../../src/commands/answers.ts'

describe('answers of devices', () => {
    for (const [what, value, most] of [
        ['so many', undefined, 10_000],
        ['so many characters', { text: 'x'.repeat(1_048_576 - 11) }, 16],
    ] as const)
        it(`wait for the store, but only ${what}, and it is told that more are dropped, and how many were`, async () => {
            const logged: string[] = []
            const { promise: isBack, resolve: comeBack } = Promise.withResolvers<void>()
            const answers = new Answers((text) => logged.push(text))
            let stored = 0
            const write = async () => {
                await isBack
                stored++
            }
            const all = Array.from({ length: most + 3 }, (_, i) => answers.store({ id: `c${i}`, status: 'done', value }, write))
            assert.deepEqual(logged, ['too many answers of devices wait for the store: further ones are dropped until it is back'])
            comeBack()
            await Promise.all(all)
            assert.deepEqual([stored, logged[1]], [most, '3 answers of devices were dropped, as the store was away'])
            await answers.store({ id: 'later', status: 'done', value }, write)
            assert.deepEqual([stored, logged.length], [most + 1, 2])
        })
})

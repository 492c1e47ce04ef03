import assert from 'node:assert/strict'
import { Sequences } from '../../../src/fleet/sequence.ts'

/** What is counted after these message ids of one device; an `i` before an id marks an INIT. */
function counted(ids: (number | string)[], connection?: string) {
    const sequences = new Sequences()
    let health = { gaps: 0, duplicates: 0, reordered: 0 }
    for (const id of ids)
        health = sequences.add('0001', Number(String(id).replace('i', '')), String(id).startsWith('i') ? 'INIT' : 'UPDT', connection).counts
    return [health.gaps, health.duplicates, health.reordered]
}

describe('Sequences', () => {
    const cases: [what: string, ids: (number | string)[], counts: number[]][] = [
        ['nothing wrong', [0, 1, 2, 3], [0, 0, 0]],
        ['a device that is first heard of in the middle', [4711, 4712], [0, 0, 0]],
        ['a lost message', [0, 1, 3], [1, 0, 0]],
        ['many lost messages', [0, 1000], [999, 0, 0]],
        ['a repeated message', [0, 1, 1, 2], [0, 1, 0]],
        ['an older repeated message', [0, 1, 2, 3, 1], [0, 1, 0]],
        ['two messages that changed places', [0, 2, 1, 3], [0, 0, 1]],
        ['a late message that comes twice', [0, 2, 1, 1, 3], [0, 1, 1]],
        ['the wrap', [9998, 9999, 0, 1], [0, 0, 0]],
        ['a loss across the wrap', [9998, 1], [2, 0, 0]],
        ['a repetition across the wrap', [9998, 9999, 0, 9999, 1], [0, 1, 0]],
        ['changed places across the wrap', [9998, 0, 9999, 1], [0, 0, 1]],
        ['an INIT, which begins anew', [7, 8, 'i0', 1, 2], [0, 0, 0]],
        ['an INIT, which keeps the counts', [0, 2, 2, 'i0', 1, 3], [2, 1, 0]],
        ['a device that begins anew without an INIT', [3000, 3001, 0, 1], [0, 0, 0]],
        ['what is no message id', [0, 1, -1, 1.5, 10_000, Number.NaN, 2], [0, 0, 0]],
    ]
    for (const [what, ids, counts] of cases) it(`counts ${what}`, () => assert.deepEqual(counted(ids), counts))

    it('takes 0 on another connection for a new beginning, and on the same one for a repetition', () => {
        const sequences = new Sequences()
        for (const [id, connection] of [
            [0, 'a'],
            [1, 'a'],
            [2, 'a'],
            [0, 'b'],
            [1, 'b'],
        ] as const)
            sequences.add('1', id, 'UPDT', connection)
        assert.equal(sequences.add('1', 2, 'UPDT', 'b').counts.duplicates, 0)
        assert.equal(sequences.add('1', 0, 'UPDT', 'b').counts.duplicates, 1)
    })

    it('notices what was lost between two connections', () => {
        const sequences = new Sequences()
        sequences.add('1', 5, 'UPDT', 'a')
        assert.equal(sequences.add('1', 9, 'UPDT', 'b').counts.gaps, 3)
    })

    it('tells devices apart, goes on from kept counts and forgets', () => {
        const sequences = new Sequences()
        sequences.resume('1', { gaps: 5, duplicates: 1, reordered: 2 })
        sequences.add('1', 10)
        sequences.add('2', 20)
        assert.deepEqual(sequences.add('1', 12).counts, { gaps: 6, duplicates: 1, reordered: 2 })
        assert.deepEqual(sequences.add('2', 21).counts, { gaps: 0, duplicates: 0, reordered: 0 })
        sequences.forget('1')
        assert.deepEqual(sequences.add('1', 500).counts, { gaps: 0, duplicates: 0, reordered: 0 })
    })

    it('agrees with a plain count over a long run of losses, repetitions and changed places', () => {
        const sequences = new Sequences()
        const expected = { gaps: 0, duplicates: 0, reordered: 0 }
        let health = expected
        let seed = 1
        const chance = () => {
            seed = (seed * 48_271) % 2_147_483_647
            return seed / 2_147_483_647
        }
        const hear = (n: number) => {
            health = sequences.add('1', n % 10_000).counts
        }
        hear(0)
        for (let n = 1; n < 50_000; n++) {
            const luck = chance()
            if (luck < 0.05) {
                expected.gaps++
                continue
            }
            if (luck < 0.1) {
                hear(n + 1)
                hear(n)
                expected.reordered++
                n++
            } else hear(n)
            if (luck > 0.95) {
                hear(n)
                expected.duplicates++
            }
        }
        hear(50_000)
        assert.deepEqual(health, expected)
    })
})

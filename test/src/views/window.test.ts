import assert from 'node:assert/strict'
import { changesBetween, type WindowChange } from '../../../src/views/window.ts'
import { random } from '../../support/random.ts'

/** What somebody does who is told a step. */
function doStep(list: string[], step: WindowChange): void {
    const at = step.do === 'insert' ? -1 : list.indexOf(step.id)
    if (at !== -1) list.splice(at, 1)
    if (step.do !== 'remove') list.splice(step.index, 0, step.id)
}

describe('the steps from one window to another', () => {
    it('lead there, whatever the two are', () => {
        const next = random(20_261_122)
        const some = () => {
            const ids = Array.from({ length: 12 }, (_, i) => `d${i}`).filter(() => next() < 0.7)
            return ids
                .map((id) => ({ id, at: next() < 0.5 ? next() : Number(id.slice(1)) / 12 }))
                .sort((a, b) => a.at - b.at)
                .map(({ id }) => id)
        }
        for (let i = 0; i < 20_000; i++) {
            const [from, to] = [some(), some()]
            const list = [...from]
            const steps = changesBetween(from, to)
            for (const step of steps) doStep(list, step)
            assert.deepEqual(list, to, `${from} to ${to} by ${JSON.stringify(steps)}`)
        }
    })

    it('are one for a row that moves, however far', () => {
        const ids = Array.from({ length: 100 }, (_, i) => `d${i}`)
        assert.deepEqual(changesBetween(ids, [...ids.slice(1), 'd0']), [{ do: 'move', id: 'd0', index: 99 }])
        assert.deepEqual(changesBetween(ids, ['d99', ...ids.slice(0, 99)]), [{ do: 'move', id: 'd99', index: 0 }])
        assert.deepEqual(changesBetween(ids, ids), [])
        assert.deepEqual(changesBetween(ids, ids.slice(1)), [{ do: 'remove', id: 'd0' }])
        assert.deepEqual(changesBetween(ids.slice(1), ids), [{ do: 'insert', id: 'd0', index: 0 }])
    })
})

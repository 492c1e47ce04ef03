import assert from 'node:assert/strict'
import { Keys, type Share } from '../../../src/tasks/keys.ts'

describe('what keys may have', () => {
    const slow = new Set<string>()
    const share = (key: string): Share => (slow.has(key) ? { group: 'slow', limit: 2, each: 1 } : { group: 'fast', limit: 4, each: 2 })
    let keys: Keys
    beforeEach(() => {
        slow.clear()
        keys = new Keys(share)
    })
    const begin = (...list: string[]) => {
        const passed: string[] = []
        for (const key of list)
            if (keys.hasTurn(key)) keys.count(key, 1)
            else passed.push(key)
        return passed.join('')
    }
    const waiting = () => [...keys.waiting()].map(({ key, free }) => `${key}${free}`).join(' ')

    it('is so much each, and so much in all', () => {
        assert.equal(begin('a', 'a', 'a', 'b', 'b', 'c'), 'ac')
        assert.equal(waiting(), '')
        keys.count('b', -1)
        assert.equal(waiting(), 'c1')
        keys.served('c', false)
        keys.count('c', 1)
        assert.equal(waiting(), '')
        keys.count('a', -1)
        assert.equal(waiting(), 'a1')
    })

    it('goes round, and those that were passed over keep their order', () => {
        begin('a', 'a', 'b', 'b', 'c', 'd', 'e')
        keys.count('b', -1)
        keys.count('b', -1)
        assert.equal(begin('c', 'f'), 'c')
        keys.count('f', -1)
        const served: string[] = []
        for (const { key } of keys.waiting()) {
            served.push(key)
            keys.served(key, true)
            keys.count(key, 1)
        }
        assert.deepEqual(served, ['c', 'd'])
        keys.count('a', -2)
        assert.equal(waiting(), 'e2 c1 d1')
    })

    it('is another when it has changed, also for what is under way', () => {
        begin('a', 'a', 'b', 'b', 'a', 'c')
        slow.add('a')
        keys.moved('a')
        assert.equal(waiting(), 'c2')
        keys.count('a', -2)
        assert.equal(waiting(), 'c2 a1')
        slow.add('c')
        assert.equal(waiting(), 'a1 c1')
    })

    it('takes no longer to find with a hundred thousand that wait, and is not asked for more', () => {
        begin('a', 'a', 'b', 'b')
        let asked = 0
        const many = new Keys((key) => {
            asked++
            return share(key)
        })
        for (let i = 0; i < 4; i++) many.count(`${i}`, 1)
        for (let i = 4; !many.isFull; i++) assert.equal(many.hasTurn(`${i}`), false)
        asked = 0
        assert.deepEqual([...many.waiting()], [])
        many.count('0', -1)
        for (const { key } of many.waiting()) {
            many.served(key, false)
            many.count(key, 1)
        }
        assert.ok(asked < 30, `${asked}`)
        assert.equal(many.isFull, false)
    })
})

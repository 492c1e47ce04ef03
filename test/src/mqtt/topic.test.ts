import assert from 'node:assert/strict'
import { covers, isFilter, matches, widest } from '../../../src/mqtt/topic.ts'

describe('topic filters', () => {
    for (const [filter, topic, expected] of [
        ['a/b', 'a/b', true],
        ['a/+', 'a/b', true],
        ['a/+', 'a/b/c', false],
        ['a/+', 'a', false],
        ['a/#', 'a', true],
        ['a/#', 'a/b/c', true],
        ['+/b', '/b', true],
        ['#', 'a/b', true],
        ['#', '$SYS/uptime', false],
        ['+/uptime', '$SYS/uptime', false],
        ['$SYS/#', '$SYS/uptime', true],
        ['a', 'A', false],
    ] as const)
        it(`${filter} ${expected ? 'matches' : 'does not match'} ${topic}`, () => assert.equal(matches(filter, topic), expected))

    it('tells filters from other texts', () => {
        for (const good of ['a', '/', '+', '#', 'a/+/b', 'a/#', 'a//b']) assert.ok(isFilter(good), good)
        for (const bad of ['', 'a/#/b', 'a#', 'a+/b', 'a\0']) assert.ok(!isFilter(bad), bad)
    })

    it('knows which filter takes in another', () => {
        assert.ok(covers('a/#', 'a/+/c'))
        assert.ok(covers('a/+', 'a/b'))
        assert.ok(!covers('a/+', 'a/#'))
        assert.ok(!covers('a/b', 'a/+'))
        assert.ok(!covers('a/+/c', 'a/b'))
    })

    it('subscribes to the fewest filters that bring everything', () => {
        assert.deepEqual([...widest(['a/b', 'a/+', 'a/b', 'c', '+/b'])].sort(), ['+/b', 'a/+', 'c'])
    })
})

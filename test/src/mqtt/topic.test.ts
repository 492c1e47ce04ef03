import assert from 'node:assert/strict'
import { covers, isFilter, isTopic, matches, named, widest } from '../../../src/mqtt/topic.ts'

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

    it('tells topics from other texts, by their bytes', () => {
        for (const topic of ['a', 'a/b', '/', 'x'.repeat(65_535), 'ä'.repeat(32_767)]) assert.ok(isTopic(topic) && isFilter(topic))
        for (const topic of ['', 'a\0', 'x'.repeat(65_536), 'ä'.repeat(32_768)]) assert.ok(!isTopic(topic) && !isFilter(topic))
        for (const topic of ['a/+', '#', 'a+b']) assert.ok(!isTopic(topic))
    })

    it('names the first few, and not all of a long one', () => {
        assert.equal(named(['a', 'b/+']), '"a", "b/+"')
        assert.equal(named(['a', 'x'.repeat(65_535), 'b', 'c', 'd']), `"a", "${'x'.repeat(100)}…", "b" and 2 more`)
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

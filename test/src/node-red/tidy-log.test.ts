import assert from 'node:assert/strict'
import type { Node } from 'node-red'
import { spareMetrics } from '../../../src/node-red/tidy-log.ts'

describe('the metrics of a node', () => {
    const made: unknown[][] = []
    let isCollected = false
    const node = {
        metric(this: unknown, ...given: unknown[]) {
            assert.equal(this, node)
            if (given[0] === undefined) return isCollected
            made.push(given)
        },
    }
    spareMetrics(node as unknown as Node)

    it('are made while somebody collects them, and not otherwise', () => {
        const msg = { _msgid: 'a' }
        assert.equal(node.metric(), false)
        node.metric('receive', msg)
        assert.deepEqual(made, [])
        isCollected = true
        assert.equal(node.metric(), true)
        node.metric('receive', msg, 3)
        assert.deepEqual(made, [['receive', msg, 3]])
    })
})

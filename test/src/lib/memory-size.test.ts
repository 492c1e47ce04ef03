import assert from 'node:assert/strict'
import { memorySize } from '../../../src/lib/index.ts'

describe('memorySize', () => {
    it('counts text, buffers and everything inside', () => {
        assert.ok(memorySize('x'.repeat(1000), 1e9) >= 1000)
        assert.ok(memorySize({ a: [Buffer.alloc(5000)] }, 1e9) >= 5000)
        assert.ok(memorySize(new Map([['a', new Set(['x'.repeat(5000)])]]), 1e9) >= 5000)
        assert.ok(memorySize(JSON.parse(`[${'{},'.repeat(99_999)}{}]`), 1e9) >= 100_000 * 56)
    })

    it('survives circles, depth and what is no plain data', () => {
        const circle: Record<string, unknown> = {}
        circle.self = circle
        let deep: unknown = []
        for (let i = 0; i < 100_000; i++) deep = [deep]
        assert.ok(memorySize([circle, deep, process, () => {}, 1n, null, undefined], 1e9) >= 100_000 * 16)
    })

    it('stops once it is more than anybody asks for', () => {
        let looks = 0
        const get = (array: unknown[], key: string) => {
            looks++
            return key === 'length' ? 1e9 : Reflect.get(array, key)
        }
        const trap = new Proxy([], { get: get as never })
        assert.ok(memorySize(trap, 10_000) > 10_000)
        assert.ok(looks < 4000)
    })
})

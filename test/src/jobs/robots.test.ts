import assert from 'node:assert/strict'
import type { JobDelivery } from '../../../src/jobs/handshake.ts'
import { Robots, type RobotsParts } from '../../../src/jobs/robots.ts'

describe('the robots of an endpoint', () => {
    it('are heard of what they run, but for what makes no sense', () => {
        const running = [
            { jobId: 'a', fence: 1, progress: 70 },
            ...[1e9, -1, '7', null].map((progress) => ({ jobId: 'b', fence: 1, progress })),
            { jobId: 7, fence: 1 },
            { jobId: 'c', fence: 1.5 },
            null,
        ]
        const said: unknown[] = []
        const delivery: JobDelivery = {
            connect: (_target, runs) => {
                said.push(runs)
                return Promise.resolve({ adopted: [], lost: [], drop: [] })
            },
            disconnect: () => {},
        }
        const peer = { id: 'r', open: true }
        const endpoint = { peers: new Map([[1, peer]]), find: () => [peer] }
        const sessions = { of: () => ({ about: { answers: true, running } }), listen: () => {} }
        new Robots({ endpoint, sessions, log: assert.fail } as unknown as RobotsParts).serve(delivery, new AbortController().signal)
        assert.deepEqual(said, [[{ jobId: 'a', fence: 1, progress: 70 }, ...Array(4).fill({ jobId: 'b', fence: 1 })]])
    })
})

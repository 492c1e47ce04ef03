import assert from 'node:assert/strict'
import type { Node, NodeAPI, NodeStatus } from 'node-red'
import { statusOf } from '../../../nodes/socket-config/client.ts'
import { liveStatus } from '../../../src/node-red/index.ts'
import type { SocketClient, SocketView } from '../../../src/power/index.ts'

describe('what nodes show of a socket', () => {
    const open = () => {
        let listener: (() => void) | undefined
        let views = 0
        const view: SocketView = {
            power: 'on',
            reachable: true,
            halted: false,
            running: 1,
            watts: 5,
            trouble: undefined,
            unheard: undefined,
            heard: true,
        }
        const socket = {
            get view() {
                views++
                return { ...view }
            },
            onView(run: () => void, signal: AbortSignal) {
                listener = run
                signal.addEventListener('abort', () => {
                    listener = undefined
                })
            },
        }
        const RED = { _: (key: string, data: object) => `${key} ${JSON.stringify(data)}` } as unknown as NodeAPI
        const source = statusOf(RED, socket as unknown as SocketClient)
        const node = () => {
            const shown: NodeStatus[] = []
            const closing = new AbortController()
            const changed = Promise.withResolvers<void>()
            const made = { status: (status: NodeStatus) => shown.push(status) > 2 && changed.resolve() } as unknown as Node
            liveStatus(made, closing.signal, source)
            return { shown, closing, third: changed.promise }
        }
        return { view, node, change: () => listener?.(), hears: () => listener !== undefined, views: () => views }
    }

    it('is worked out once for all of them, and told at a bounded pace, the last of it surely', async () => {
        const { view, node, change, views } = open()
        const nodes = [node(), node(), node()]
        const before = views()
        for (let i = 2; i <= 1000; i++) {
            view.running = i
            change()
        }
        await Promise.all(nodes.map(({ third }) => third))
        for (const { shown } of nodes)
            assert.deepEqual(
                shown.map(({ text }) => /\d+(?=})/.exec(text ?? '')?.[0]),
                ['1', '2', '1000'],
            )
        assert.ok(views() - before < 10, `${views() - before}`)
        for (const { closing } of nodes) closing.abort()
    })

    it('is told to those that stay, and to nobody once all are closed', () => {
        const { view, node, change, hears } = open()
        const [first, second] = [node(), node()]
        first.closing.abort()
        view.running = 2
        change()
        assert.deepEqual([first.shown.length, second.shown.length], [1, 2])
        second.closing.abort()
        assert.equal(hears(), false)
        const third = node()
        assert.equal(third.shown.length, 1)
        assert.equal(hears(), true)
        third.closing.abort()
    })
})

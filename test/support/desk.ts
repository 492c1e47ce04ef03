import type { NodeMessage } from 'node-red'
import helper from 'node-red-node-test-helper'
import alarm from '../../nodes/alarm/runtime.ts'
import callbackAccept from '../../nodes/callback-accept/runtime.ts'
import callbackReply from '../../nodes/callback-reply/runtime.ts'
import profile from '../../nodes/profile/runtime.ts'
import storeConfig from '../../nodes/store-config/runtime.ts'
import wait from '../../nodes/wait/runtime.ts'
import type { Store } from '../../src/stores.ts'
import { stopwatch } from './stopwatch.ts'

export type Message = Record<string, any>

/** What came to an end of a flow, and who waits for more. */
class End {
    readonly messages: Message[] = []
    #more = () => {}

    take(msg: Message): void {
        this.messages.push(msg)
        this.#more()
    }

    /** Resolves with all of them once there are so many. */
    async reaches(count: number): Promise<Message[]> {
        while (this.messages.length < count)
            await new Promise<void>((resolve) => {
                this.#more = resolve
            })
        return this.messages
    }
}

const outputs = { 'callback-accept': 2, 'callback-reply': 3, wait: 3, alarm: 3, profile: 3 }
const runtimes = [storeConfig, callbackAccept, callbackReply, wait, alarm, profile]

/** Nodes that need nothing but a store, in a Node-RED in this process. The ends of a node `n` are `n1`, `n2`, …, `caught`, `completed` and `shown`. */
export class Desk {
    #ends = new Map<string, End>()
    #flow: Message[] = []

    /** @param nodes ids and what they are; all of their ways out are heard. @param store settings of the store `store` */
    async load(
        nodes: Record<string, { type: keyof typeof outputs; [setting: string]: unknown }>,
        store: object = { kind: 'memory' },
    ): Promise<void> {
        this.#ends = new Map(['caught', 'completed', 'shown'].map((id) => [id, new End()]))
        const under = Object.entries(nodes).map(([id, { type, ...settings }]) => {
            const ends = Array.from({ length: outputs[type] }, (_, i) => `${id}${i + 1}`)
            for (const end of ends) this.#ends.set(end, new End())
            return { id, z: 'tab', type: `socketworks-${type}`, store: 'store', ...settings, wires: ends.map((end) => [end]) }
        })
        const scope = Object.keys(nodes)
        const flow: Message[] = [
            { id: 'tab', type: 'tab' },
            { id: 'store', type: 'socketworks-store-config', ...store },
            ...under,
            { id: 'any-catch', z: 'tab', type: 'catch', scope, wires: [['caught']] },
            { id: 'any-complete', z: 'tab', type: 'complete', scope, wires: [['completed']] },
            { id: 'any-status', z: 'tab', type: 'status', scope, wires: [['shown']] },
            ...[...this.#ends.keys()].map((id) => ({ id, z: 'tab', type: 'helper' })),
        ]
        this.#flow = flow
        await helper.load(runtimes as never, flow as never)
        for (const [id, end] of this.#ends) helper.getNode(id).on('input', (msg) => end.take(msg as Message))
    }

    end(id: string): End {
        return this.#ends.get(id)!
    }

    give(id: string, msg: object): void {
        helper.getNode(id).receive(msg as NodeMessage)
    }

    get store(): Store {
        return (helper.getNode('store') as unknown as { store: Store }).store
    }

    /** Resolves once the last status of a node is as wanted. */
    async shows(fits: (status: { fill?: string; text?: string }) => boolean): Promise<void> {
        const shown = this.end('shown')
        for (let count = Math.max(shown.messages.length, 1); ; count++) if (fits((await shown.reaches(count)).at(-1)!.status)) return
    }

    /** Deploys "modified nodes", of each what a change makes of it; undefined deletes it. */
    async deploy(change: (node: Message) => Message | undefined): Promise<void> {
        this.#flow = this.#flow.flatMap((node) => change(node) ?? [])
        await helper.setFlows(this.#flow as never, 'nodes')
    }

    /** Starts Node-RED again with the flows that were deployed last. */
    async again(): Promise<void> {
        await helper.load(runtimes as never, this.#flow as never)
    }

    async unload(): Promise<number> {
        const took = stopwatch()
        await helper.unload()
        return took()
    }
}

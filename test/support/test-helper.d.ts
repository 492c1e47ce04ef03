/** The part of node-red-node-test-helper that these tests use: it brings no types of its own. */
declare module 'node-red-node-test-helper' {
    import type { EventEmitter } from 'node:events'
    import type { Node } from 'node-red'

    type Flow = readonly object[]
    type NodeSet = (RED: never) => void

    interface TestHelper extends EventEmitter {
        load(nodes: NodeSet | readonly NodeSet[], flow: Flow, credentials?: Record<string, Record<string, string>>): Promise<void>
        unload(): Promise<void>
        setFlows(flow: Flow, type?: 'full' | 'flows' | 'nodes', credentials?: object): Promise<void>
        /** Typed as if it never failed: a test that asks for a node has put it there. */
        getNode(id: string): Node
        settings(settings: object): object
        startServer(done?: () => void): Promise<void>
        stopServer(done?: () => void): Promise<void>
        url(): string
    }

    const helper: TestHelper
    export default helper
}

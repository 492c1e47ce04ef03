import { freePort } from '../../scripts/free-port.ts'
import { type EmbeddedBroker, startBroker } from '../../simulators/broker.ts'

export interface TestBroker extends EmbeddedBroker {
    /** Ends it, keeping its port for {@link start}. */
    stop(): Promise<void>
    start(): Promise<void>
    /** Stops it, forgetting everything, and starts it on the same port. */
    restart(): Promise<void>
}

/** An embedded broker on a free port, that can be stopped and started again in the middle of a test. */
export async function startAedes(): Promise<TestBroker> {
    let broker: EmbeddedBroker | undefined = await startBroker(await freePort())
    const { port, url } = broker
    const stop = async () => {
        await broker?.close()
        broker = undefined
    }
    const start = async () => {
        broker ??= await startBroker(port)
    }
    return {
        port,
        url,
        get connectionCount() {
            return broker?.connectionCount ?? 0
        },
        kickAll: () => broker?.kickAll(),
        stop,
        start,
        async restart() {
            await stop()
            await start()
        },
        close: stop,
    }
}

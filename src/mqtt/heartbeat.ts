import { type Clock, pause, Refusal } from '../lib/index.ts'
import type { Broker } from './broker.ts'

interface HeartbeatOptions {
    broker: Pick<Broker, 'publish' | 'onState'>
    topic: string
    payload: string
    /** Milliseconds. */
    every: number
    clock: Clock
    signal: AbortSignal
}

/** Publishes the same message again and again, so that others see that we are alive: whenever the broker was connected, and from then on. */
export function heartbeat({ broker, topic, payload, every, clock, signal }: HeartbeatOptions): void {
    const beat = () => {
        try {
            broker.publish(topic, payload)
        } catch (error) {
            // Those who use the broker show that it is away.
            if (!(error instanceof Refusal)) throw error
        }
    }
    broker.onState((state) => state === 'connected' && beat(), signal)
    const go = async () => {
        for (; !signal.aborted; await pause(clock, every, signal)) beat()
    }
    void go()
}

import { messageOf } from '../lib/index.ts'
import type { Sessions } from '../peers/index.ts'
import type { Endpoint, Peer } from '../ws/index.ts'
import type { JobDelivery } from './handshake.ts'
import type { Attempt } from './targets.ts'

export interface RobotsParts {
    endpoint: Pick<Endpoint, 'peers' | 'find'>
    sessions: Pick<Sessions, 'of' | 'listen'>
    log: (text: string) => void
}

/** The robots of an endpoint: tells who is there, and what each says that it is still doing. */
export class Robots {
    readonly #p: RobotsParts

    constructor(parts: RobotsParts) {
        this.#p = parts
    }

    /** Tells of those that are there, that come and that go, until the signal aborts. */
    serve(delivery: JobDelivery, signal: AbortSignal): void {
        const { endpoint, sessions } = this.#p
        const come = (peer: Peer) => void this.#come(peer, delivery)
        const go = ({ id }: Peer) => id !== undefined && !this.find(id) && delivery.disconnect(id)
        sessions.listen({ connected: come, disconnected: go }, signal)
        for (const peer of endpoint.peers.values()) if (peer.id !== undefined) come(peer)
    }

    /** The newest connection of a robot; undefined if it is away. */
    find(id: string): Peer | undefined {
        return this.#p.endpoint.find({ id }).findLast(({ open }) => open)
    }

    /** Asks a robot to stop. */
    cancel({ job, fence }: Attempt): void {
        const peer = this.find(job.target)
        if (peer && this.#answers(peer)) this.#stop(peer, job.id, fence)
    }

    async #come(peer: Peer, delivery: JobDelivery): Promise<void> {
        const running = this.#answers(peer) ? runningIn(this.#p.sessions.of(peer).about?.running) : undefined
        try {
            const { drop } = await delivery.connect(peer.id!, running)
            for (const { jobId, fence } of drop) this.#stop(peer, jobId, fence)
        } catch (error) {
            this.#p.log(`jobs of the robot ${peer.id} cannot be sent yet: ${messageOf(error)}`)
        }
    }

    #answers(peer: Peer): boolean {
        return this.#p.sessions.of(peer).about?.answers === true
    }

    #stop(peer: Peer, jobId: string, fence: number): void {
        if (peer.open) peer.send(this.#p.sessions.of(peer).encode({ event: 'cancel', jobId, fence }))
    }
}

/** What a robot says that it is doing; what is no such thing is left out. */
function runningIn(given: unknown) {
    return (Array.isArray(given) ? given : []).flatMap((entry: unknown) => {
        const { jobId, fence, progress } = Object(entry) as Record<string, unknown>
        if (typeof jobId !== 'string' || !Number.isSafeInteger(fence)) return []
        return [{ jobId, fence: Number(fence), ...(isPercent(progress) && { progress }) }]
    })
}

const isPercent = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= 100

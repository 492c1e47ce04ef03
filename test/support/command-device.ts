import type { DeviceName } from '../../src/commands/command.ts'
import type { CommandAnswer } from '../../src/peers/index.ts'
import type { CommandWorld } from './command-world.ts'

/** What a device was sent, and when that arrived. */
interface Arrival {
    id: string
    at: number
}

/** One connection of a device: frames take a while, are lost when it breaks, and arrive in order. */
export class Link {
    readonly connection: string
    readonly identity: { id: string; account: string }
    isOpen = true
    /** Milliseconds that a frame takes. */
    delay = 0
    /** Whether frames no longer arrive, though nobody has noticed. */
    isDead = false
    /** Whether nothing more is taken from the flow. */
    isFull = false
    readonly device: TestDevice
    #drained: (() => void)[] = []

    constructor(device: TestDevice, connection: string) {
        this.device = device
        this.connection = connection
        this.identity = { id: device.id, account: device.account }
    }

    get id(): string {
        return this.device.id
    }

    get open(): boolean {
        return this.isOpen
    }

    send(frame: string): boolean {
        if (this.isFull || !this.isOpen) return false
        this.#later(() => this.device.take(this, JSON.parse(frame)))
        return true
    }

    onReceived(run: () => void): void {
        this.#later(run)
    }

    onDrain(run: () => void): void {
        this.#drained.push(run)
    }

    drain(): void {
        this.isFull = false
        for (const run of this.#drained.splice(0)) run()
    }

    reset(): void {
        this.device.world.drop(this)
    }

    #later(run: () => void): void {
        const arrive = () => {
            if (this.isOpen && !this.isDead) run()
        }
        if (this.delay === 0) arrive()
        else this.device.world.clock.after(this.delay, arrive)
    }
}

/** A device: what it got, and how it answers. */
export class TestDevice {
    readonly world: CommandWorld
    readonly id: string
    readonly account: string
    readonly name: DeviceName
    readonly arrivals: Arrival[] = []
    readonly done = new Set<string>()
    links: Link[] = []
    /** Undefined for one that cannot answer. */
    answer: ((id: string, say: (answer: CommandAnswer) => void) => void) | undefined

    constructor(world: CommandWorld, id: string, account = 'acme') {
        this.world = world
        this.id = id
        this.account = account
        this.name = { account, device: id }
    }

    /** The ids of what it got, each once. */
    get got(): string[] {
        return [...new Set(this.arrivals.map(({ id }) => id))]
    }

    take(link: Link, { id, notAfter }: { id: string; notAfter: number }): void {
        const at = this.world.clock.now()
        const isLate = this.answer !== undefined && at > notAfter
        if (!isLate) this.arrivals.push({ id, at })
        if (isLate) this.say(link, { id, status: 'refused', reason: 'too late' })
        else this.answer?.(id, (answer) => this.say(link, answer))
    }

    say(link: Link, answer: CommandAnswer): void {
        if (answer.status === 'done') this.done.add(answer.id)
        if (link.isOpen && !link.isDead) this.world.answer(link, answer)
    }

    get link(): Link | undefined {
        return this.links.at(-1)
    }
}

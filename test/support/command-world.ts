import { existsSync } from 'node:fs'
import type { Command, Order } from '../../src/commands/command.ts'
import { Commands } from '../../src/commands/commands.ts'
import type { CommandAnswer, Sessions } from '../../src/peers/index.ts'
import type { Store } from '../../src/stores.ts'
import { Tasks } from '../../src/tasks/index.ts'
import type { Address, Endpoint, Peer } from '../../src/ws/index.ts'
import { workbench } from '../src/store/open.ts'
import { Link, TestDevice } from './command-device.ts'
import { PacedWorld } from './paced-world.ts'

interface WorldOptions {
    depth?: number
    jitter?: number
    /** Whether the store outlives a process. */
    isLasting?: boolean
}

type Listener = { [name: string]: ((peer: unknown, ...more: unknown[]) => void) | undefined }

/** A store, a clock that the test moves, an endpoint without a network, and the commands on it, which can be killed. */
export class CommandWorld extends PacedWorld {
    protected override readonly rounds = 5
    /** Where syncing the disk costs nothing, if there is such a place. */
    readonly bench = workbench(existsSync('/dev/shm') ? '/dev/shm' : undefined)
    readonly logged: string[] = []
    /** What was told to have ended, in the order of it, and which process has said so. */
    readonly ended: (Command & { life: number })[] = []
    store: Store
    commands!: Commands
    random = () => 0
    #closing = new AbortController()
    readonly #devices = new Map<string, TestDevice>()
    readonly #listeners = new Set<Listener>()
    readonly #sessionListeners = new Set<Listener>()
    #ids = 0
    /** Counts processes: what one says that was killed does not matter. */
    #life = 0
    readonly #options: WorldOptions
    #tasks!: Tasks

    constructor(options: WorldOptions = {}) {
        super()
        this.#options = options
        this.store = this.#open()
        this.start()
    }

    start(): void {
        const { clock, store } = this
        const life = this.#life
        const { signal } = this.#closing
        const common = {
            clock,
            newId: () => `c${++this.#ids}`,
            log: (text: string) => void (life === this.#life && this.logged.push(text)),
        }
        const repository = store.commands
        const listen = (to: Set<Listener>) => (listener: Listener, until: AbortSignal) => {
            to.add(listener)
            until.addEventListener('abort', () => to.delete(listener))
        }
        const world = this
        const endpoint = {
            find: ({ id, account }: Address) => this.links(id).filter((link) => link.identity.account === (account ?? '')),
            get peers() {
                return new Map([...world.#devices.values()].flatMap(({ links }) => links.map((link) => [link.connection, link])))
            },
            listen: listen(this.#listeners),
        } as unknown as Endpoint
        const of = (peer: Peer) => ({
            encode: (payload: unknown) => JSON.stringify(payload),
            answersCommands: (peer as unknown as Link).device.answer !== undefined,
        })
        const sessions = { of, listen: listen(this.#sessionListeners) } as unknown as Sessions
        const { jitter = 0 } = this.#options
        this.commands = new Commands({
            ...common,
            ...{ endpoint, sessions, id: 'e', tasks: this.#tasks, repository, jitter, random: () => this.random() },
        })
        this.commands.attach('n', (command) => this.ended.push({ ...command, life }), signal)
    }

    /** A process has one of the workers' common part for each store. */
    #open(): Store {
        const { clock } = this
        const store = this.bench.open(this.#options.isLasting ? this.bench.file() : ':memory:')
        const life = this.#life
        const common = {
            clock,
            newId: () => `c${++this.#ids}`,
            log: (text: string) => void (life === this.#life && this.logged.push(text)),
        }
        this.#tasks = new Tasks({ ...common, repository: store.tasks, ready: (aborted) => store.ready(aborted) })
        return store
    }

    links(id: string): Link[] {
        return this.#devices.get(id)?.links ?? []
    }

    device(id: string, account?: string): TestDevice {
        const known = this.#devices.get(id) ?? new TestDevice(this, id, account)
        this.#devices.set(id, known)
        return known
    }

    /** A device connects, which closes the connection that it had. */
    connect(device: TestDevice, delay = 0): Link {
        const link = new Link(device, `l${++this.#ids}`)
        link.delay = delay
        const before = device.links
        device.links = [link]
        for (const old of before) old.isOpen = false
        for (const listener of this.#listeners) listener.connected?.(link)
        for (const old of before) for (const listener of this.#listeners) listener.disconnected?.(old)
        return link
    }

    drop(link: Link): void {
        if (!link.isOpen) return
        link.isOpen = false
        link.device.links = link.device.links.filter((one) => one !== link)
        for (const listener of this.#listeners) listener.disconnected?.(link)
    }

    answer(link: Link, answer: CommandAnswer): void {
        for (const listener of this.#sessionListeners) listener.commandAnswer?.(link, answer)
    }

    order(device: TestDevice, more: Partial<Order> = {}): Order {
        return {
            ...{ account: device.account, device: device.id, component: 'c', command: 'LED.v1.0', params: [{ name: 'LED', value: '1' }] },
            ...{ node: 'n', caller: 'me', origin: 'rest', notAfter: this.clock.now() + 60_000, timeout: 5000, resend: true, keep: true },
            ...{ idempotencyKey: null, collapseKey: null },
            ...more,
        }
    }

    give(device: TestDevice, more: Partial<Order> = {}): Promise<Command> {
        return this.commands.send(this.order(device, more), this.#options.depth ?? 100)
    }

    send(device: TestDevice, more: Partial<Order> = {}): Promise<Command> {
        return this.until(this.give(device, more))
    }

    /** The process is gone, with its connections and all that it had in memory; another one takes over what is in the store. */
    async kill(): Promise<void> {
        for (const device of this.#devices.values()) {
            for (const link of device.links) link.isOpen = false
            device.links = []
        }
        this.#life++
        // Nothing that it does from now on reaches the store.
        await this.until(this.store.close())
        const before = this.#closing
        this.#closing = new AbortController()
        this.#listeners.clear()
        this.#sessionListeners.clear()
        before.abort()
        this.store = this.#open()
        this.start()
        await this.idle()
    }

    /** As {@link kill}, but in the way that a deploy ends and begins. */
    async restart(): Promise<void> {
        this.#closing.abort()
        this.#closing = new AbortController()
        this.start()
        await this.idle()
    }

    async clear(): Promise<void> {
        this.#closing.abort()
        await this.bench.clear()
    }
}

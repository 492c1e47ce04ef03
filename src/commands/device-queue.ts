import { Agenda, type Clock, retryUntil } from '../lib/index.ts'
import type { Sessions } from '../peers/index.ts'
import type { HeldTask, Worker } from '../tasks/index.ts'
import type { Peer } from '../ws/index.ts'
import type { Command, Ending } from './command.ts'
import type { CommandRepository } from './repository.ts'

/** Commands that are read at once, and that may be under way to one device. */
const TOGETHER = 16
const MOST = 64

export interface QueueParts {
    worker: Worker
    repository: CommandRepository
    sessions: Pick<Sessions, 'of'>
    clock: Clock
    /** Ends a command. It may have ended already. */
    end: (id: string, ending: Ending) => Promise<void>
    /** Is given a command that was found to have ended before. */
    ended: (command: Command) => void
    /** Is called when nothing is under way any more. */
    idle: () => void
    signal: AbortSignal
}

/** A command that has left. */
interface Flight {
    task: HeldTask
    command: Command
    /** The device has said that it has it. */
    isReceived: boolean
    /** Its WebSocket has. */
    isConfirmed: boolean
}

/** The commands for a device that is connected: sends them in their order, and waits for what becomes of them. */
export class DeviceQueue {
    readonly #key: string
    readonly #p: QueueParts
    readonly #flights = new Map<string, Flight>()
    /** When what has left has to have ended. */
    readonly #agenda: Agenda<string>
    #peer: Peer | undefined
    /** Counts connections: what was read for an earlier one is put back. */
    #turn = 0
    #isWaiting = false
    #isReading = false
    /** Whether there may be commands that wait to be read. */
    #hasMore: boolean
    /** Commands that are being added to leave at once. */
    #coming = 0
    /** Those of them that have to wait after all. */
    #returning: HeldTask[] = []

    /** @param isNew whether it is sure that no command waits */
    constructor(key: string, isNew: boolean, parts: QueueParts) {
        this.#key = key
        this.#hasMore = !isNew
        this.#p = parts
        this.#agenda = new Agenda(parts.clock, (id) => void this.#late(id))
    }

    /** Whether it knows of commands, or is just looking for some. */
    get isBusy(): boolean {
        return this.#flights.size + this.#coming > 0 || this.#isReading
    }

    /** Whether a command that is given now can leave at once: none that was given before it waits. */
    get isFree(): boolean {
        const isOpen = this.#peer?.open === true && this.#flights.size + this.#coming < MOST
        return isOpen && this.#hasRoom && !this.#isReading && !this.#hasMore
    }

    get peer(): Peer | undefined {
        return this.#peer
    }

    /** Changes to another connection, or none. What has left and is not known to have arrived is sent again, or ends. */
    turnTo(peer: Peer | undefined): void {
        if (peer === this.#peer) return
        this.#peer = peer
        this.#turn++
        this.#isWaiting = false
        const lost = [...this.#flights.values()].filter(({ isReceived }) => !isReceived)
        for (const { task } of lost) this.#forget(task.id)
        const [again, never] = [lost.filter(({ command }) => command.resend), lost.filter(({ command }) => !command.resend)]
        this.#park(again.map(({ task }) => task))
        for (const { task } of never) void this.#p.end(task.id, unanswered)
    }

    /** Leaves all commands to whoever comes next. */
    close(): void {
        this.#turn++
        this.#agenda.clear()
        this.#park([...this.#flights.values()].map(({ task }) => task))
        this.#flights.clear()
    }

    /** The device says that it has a command. */
    received(id: string): void {
        const flight = this.#flights.get(id)
        if (flight) Object.assign(flight, { isReceived: true, isConfirmed: true })
    }

    /** A command has ended: there is room for another one. */
    ended(id: string): void {
        this.#forget(id)
        if (this.#hasMore) void this.read()
        else this.#idle()
    }

    /** Sends a command that is being added as one that has left, as this {@link isFree}. @param adding resolves with its task, or without */
    async sendAdded(command: Command, adding: Promise<{ task: HeldTask | undefined }>): Promise<void> {
        const turn = this.#turn
        this.#coming++
        const { task } = await adding.catch(() => ({ task: undefined }))
        this.#coming--
        if (!task) return this.#idle()
        if (turn === this.#turn && this.isFree && this.#send(task, command)) return this.#confirm([task.id])
        this.#returning.push(task)
        void this.read()
    }

    /** Reads commands and sends them, as far as the connection takes them. */
    async read(): Promise<void> {
        this.#hasMore = true
        if (this.#isReading) return
        this.#isReading = true
        const { signal } = this.#p
        while (!signal.aborted && (this.#returning.length > 0 || (this.#hasMore && this.#hasRoom))) {
            // Before others are read, which may have been given after them.
            await this.#putBack(this.#returning.splice(0).map((task) => ({ task, isToStay: true })))
            if (this.#hasRoom) await this.#readSome()
        }
        this.#park(this.#returning.splice(0))
        this.#isReading = false
        this.#idle()
    }

    async #readSome(): Promise<void> {
        const { worker, clock, signal } = this.#p
        this.#hasMore = false
        const turn = this.#turn
        const tasks = (await retryUntil(clock, signal, () => worker.take(this.#key, TOGETHER))) ?? []
        this.#hasMore ||= tasks.length > 0
        if (tasks.length > 0) await this.#leave(tasks, turn)
    }

    get #hasRoom(): boolean {
        return this.#peer !== undefined && !this.#isWaiting && this.#flights.size < MOST
    }

    /** That they may leave is written down first: whoever finds them after a restart knows then what may have happened. */
    async #leave(tasks: readonly HeldTask[], turn: number): Promise<void> {
        const { clock, signal, repository, worker } = this.#p
        const ids = tasks.map(({ id }) => id)
        const leaving = turn === this.#turn ? await retryUntil(clock, signal, () => repository.leave(ids, clock.now())) : []
        if (!leaving || (turn !== this.#turn && leaving.length === 0)) return this.#park(tasks)
        const found = new Map(leaving.map((one) => [one.command.id, one]))
        const gone = ids.filter((id) => !found.has(id))
        // If they cannot be removed now, whoever comes next does that.
        if (gone.length > 0) worker.complete(gone).catch(() => {})
        const back: { task: HeldTask; isToStay: boolean }[] = []
        const sent: string[] = []
        for (const task of tasks) {
            const one = found.get(task.id)
            if (!one) continue
            const { command, wasSent } = one
            // The process before may have ended without telling its node.
            if (command.ending) this.#p.ended(command)
            else if (command.receivedAt !== null) this.#fly(task, command, true)
            else if (wasSent && !command.resend) void this.#p.end(task.id, unanswered)
            else if (turn === this.#turn && back.length === 0 && this.#send(task, command)) sent.push(task.id)
            else back.push({ task, isToStay: !wasSent })
        }
        if (sent.length > 0) this.#confirm(sent)
        await this.#putBack(back)
    }

    /** @returns whether it has left: a command whose time is over does not */
    #send(task: HeldTask, command: Command): boolean {
        const { worker, sessions } = this.#p
        const peer = this.#peer!
        if (task.expiresAt !== null && worker.now >= task.expiresAt) return false
        const { id, notAfter, component: componentId, command: name, params } = command
        if (!peer.send(sessions.of(peer).encode({ id, notAfter, componentId, command: name, params }))) {
            this.#waitForRoom(peer)
            return false
        }
        this.#fly(task, command, false)
        return true
    }

    #fly(task: HeldTask, command: Command, isReceived: boolean): void {
        this.#flights.set(task.id, { task, command, isReceived, isConfirmed: isReceived })
        // Nobody but a device that answers can be told until when a command is good; the worker's time is that of the last whole millisecond.
        const left = this.#answers || isReceived || task.expiresAt === null ? Infinity : task.expiresAt - this.#p.worker.now - 1
        this.#agenda.after(task.id, Math.min(command.timeout, left))
    }

    get #answers(): boolean {
        return this.#peer !== undefined && this.#p.sessions.of(this.#peer).answersCommands === true
    }

    /** For a device that cannot answer a command has arrived when its WebSocket says so. */
    #confirm(ids: readonly string[]): void {
        const answers = this.#answers
        this.#peer!.onReceived(() => {
            for (const id of ids) {
                const flight = this.#flights.get(id)
                if (flight) flight.isConfirmed = true
                if (flight && !answers) void this.#p.end(id, { outcome: 'acknowledged' })
            }
        })
    }

    async #putBack(back: readonly { task: HeldTask; isToStay: boolean }[]): Promise<void> {
        const { clock, signal, repository } = this.#p
        const unsent = back.filter(({ isToStay }) => isToStay).map(({ task }) => task.id)
        if (unsent.length > 0) await retryUntil(clock, signal, () => repository.stay(unsent))
        this.#park(back.map(({ task }) => task))
    }

    #park(tasks: readonly HeldTask[]): void {
        if (tasks.length > 0) void this.#p.worker.park(tasks.map(({ id }) => id))
    }

    #idle(): void {
        if (!this.isBusy) this.#p.idle()
    }

    #forget(id: string): void {
        this.#flights.delete(id)
        this.#agenda.delete(id)
    }

    async #late(id: string): Promise<void> {
        const flight = this.#flights.get(id)
        if (!flight) return
        // What is still on its way must not arrive any more.
        if (!flight.isConfirmed) this.#peer?.reset(4408, 'a command was not taken in time')
        await this.#p.end(id, flight.isReceived ? { outcome: 'acknowledged', cause: 'NO_RESULT' } : unanswered)
    }

    #waitForRoom(peer: Peer): void {
        this.#isWaiting = true
        peer.onDrain(() => {
            if (peer !== this.#peer) return
            this.#isWaiting = false
            void this.read()
        })
    }
}

/** It may have arrived, and nobody knows. */
export const unanswered: Ending = { outcome: 'unreachable', cause: 'NO_ANSWER' }

import { type Clock, retryUntil } from '../lib/index.ts'
import { type Kysely, type StoreModule, sql } from '../store/index.ts'
import { PARKED, type Task, type Tasks, Worker } from '../tasks/index.ts'

/** A task of this kind is an instance, by its id, that has to be ended: parked as long as its request is open, then due. */
const KIND = 'requested-run'
/** Milliseconds after which a request that is still open is written down: most are answered long before. */
const KEPT_AFTER = 100

/** The requests of this process that have started an instance, by its id. They stay open over deploys. */
export type OpenRequests = Map<string, { socket: string; isOver: boolean }>

/** Calls back once a request is over: `isDone` if it was answered that all went well. @returns whether there is a request at all */
export type OnRequestOver = (run: (isDone: boolean) => void) => boolean

/** One request and the instance that is stopped when the request ends without having been answered. */
export interface Binding {
    /** Whether the caller has left. */
    readonly isGone: boolean
    /** The instance that was started for it has this id. */
    begin(id: string): Promise<void>
}

export interface RequestedRunsOptions {
    /** The node id of the socket. */
    socket: string
    tasks: Tasks
    requests: OpenRequests
    clock: Clock
    /** Ends an instance of the socket; throws while that is being deployed anew. */
    end(instance: string): Promise<void>
    log(text: string): void
    signal: AbortSignal
}

/** Ends a socket's instances with the requests they were started by: at once, after a deploy, or when Node-RED is back. */
export class RequestedRuns {
    readonly #o: RequestedRunsOptions
    readonly #worker: Worker

    constructor(options: RequestedRunsOptions) {
        const { socket: queue, tasks, end, clock, log, signal } = options
        this.#o = options
        const run = ({ id }: Task) => end(id).then(() => undefined)
        this.#worker = new Worker(tasks, { kind: KIND, queue, run, log }, signal)
        void retryUntil(clock, signal, () => this.#takeUp())
    }

    /** Binds what is to be started to a request; undefined if there is none. */
    bind(onOver: OnRequestOver): Binding | undefined {
        let isDone: boolean | undefined
        let over: ((isDone: boolean) => Promise<void>) | undefined
        // The request may be over before there is an instance.
        const isBound = onOver((done) => {
            isDone = done
            void over?.(done)
        })
        if (!isBound) return undefined
        return {
            get isGone() {
                return isDone === false
            },
            begin: async (id) => {
                over = this.#open(id)
                if (isDone !== undefined) await over(isDone)
            },
        }
    }

    /** @returns what to call when the request is over */
    #open(id: string): (isDone: boolean) => Promise<void> {
        const { requests, socket, clock, end, signal } = this.#o
        requests.set(id, { socket, isOver: false })
        let kept: Promise<unknown> | undefined
        const cancel = clock.after(KEPT_AFTER, () => {
            // The store says itself why it is away.
            kept = this.#keep(id, Number.POSITIVE_INFINITY).catch(() => {})
        })
        return async (isDone) => {
            cancel()
            try {
                if (!isDone) await end(id)
            } catch {
                requests.set(id, { socket, isOver: true })
                return void retryUntil(clock, signal, () => this.#makeDue(id))
            }
            await kept
            if (kept !== undefined) this.#worker.complete([id]).catch(() => {})
            requests.delete(id)
        }
    }

    /** Ends what requests have left behind: in a process before, or while the socket was being deployed anew. */
    async #takeUp(): Promise<void> {
        const { requests, socket, tasks, signal } = this.#o
        await tasks.begin(signal)
        for (const [id, request] of requests) if (request.isOver && request.socket === socket) await this.#makeDue(id)
        for (const id of await tasks.childless(KIND, socket)) if (!requests.has(id)) await this.#makeDue(id)
    }

    async #makeDue(id: string): Promise<void> {
        const { clock, requests } = this.#o
        const dueAt = clock.now()
        if (!(await this.#worker.change(id, { dueAt }))) await this.#keep(id, dueAt)
        requests.delete(id)
    }

    #keep(id: string, dueAt: number): Promise<string> {
        return this.#worker.add({ id, owner: this.#o.socket, dueAt, payload: '' })
    }
}

/** They were remembered by the nodes that had started them, and are tasks now. */
export const requestedRunStore: StoreModule<undefined> = { migrations: { '0014-requested-runs': statesToTasks }, open: () => undefined }

async function statesToTasks(given: Kysely<unknown>): Promise<void> {
    const db = given as Kysely<Record<string, Record<string, unknown>>>
    const states = await db.selectFrom('node_states').selectAll().execute()
    for (const { node, state } of states) {
        const runs: unknown = JSON.parse(String(state))
        if (!Array.isArray(runs) || !runs.every((run) => typeof run?.instance === 'string' && typeof run.socket === 'string')) continue
        for (const { socket, instance } of runs) {
            const task = { id: instance, kind: KIND, queue: socket, owner: socket, due_at: PARKED, attempts: 0, bytes: 0, payload: '' }
            await db.insertInto('tasks').values(task).execute()
            await sql`
                insert into task_totals (kind, owner, count, bytes) values (${KIND}, ${socket}, 1, 0)
                on conflict (kind, owner) do update set count = task_totals.count + 1`.execute(db)
        }
        await db.deleteFrom('node_states').where('node', '=', node).execute()
    }
}

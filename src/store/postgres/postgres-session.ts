import type { PostgresPool, PostgresPoolClient } from 'kysely'
import type { Client, CustomTypesConfig } from 'pg'
import { afterTurn, type Clock } from '../../lib/index.ts'
import { Unusable } from '../engine.ts'
import { postgresFault, reasonIn } from './faults.ts'

/** Milliseconds between two looks at how long the server has not answered. */
const LOOK = 5000
/** Milliseconds for an answer before the connection is taken for dead. */
const ANSWER = 20_000
/** Bringing tables up to date may take long: it may copy every row. */
const LONGEST_STEP = 600_000
/** Milliseconds that closing the connection properly may take. */
const LEAVE = 300
/** Statements that the server keeps prepared for us: those that are run again and again. */
const MOST_PREPARED = 300

/** As Kysely says it. */
const COMMIT = 'commit'

export interface SessionOptions {
    clock: Clock
    trace?: ((sql: string) => void) | undefined
}

interface Result {
    command: never
    rowCount: number
    rows: never[]
}

/**
 * The one connection that a store has to a server: what keeps other Node-REDs from the database is bound to it, so that nothing can be
 * written without that. One query or transaction has it at a time, in the order they came.
 */
export class PostgresSession implements PostgresPool {
    readonly options = {}
    readonly #client: Client
    readonly #o: SessionOptions
    readonly #next: (() => void)[] = []
    #isTaken = false
    /** Whether a commit was never answered: it may be done. */
    isInDoubt = false
    /** Why it cannot be used any more. */
    #lost: string | undefined
    /** Whether the server has yet to answer, and how often that was looked at since it was asked. */
    #isRunning = false
    #looks = 0
    #mostMs = ANSWER
    #cancel = () => {}
    readonly #seen = new Set<string>()
    readonly #prepared = new Map<string, string>()
    readonly #handle: PostgresPoolClient

    /** @param client has connected */
    constructor(client: Client, options: SessionOptions) {
        this.#client = client
        this.#o = options
        client.on('error', (error) => this.#end(reasonOf(error)))
        client.on('end', () => this.#end('the connection to the database server was lost'))
        const query = (text: string, values: readonly unknown[]) => this.#run(text, values)
        const release = (discard?: boolean) => (discard ? this.destroy() : this.#release())
        this.#handle = { query, release } as unknown as PostgresPoolClient
        this.#watch()
    }

    async connect(): Promise<PostgresPoolClient> {
        if (this.#isTaken) await new Promise<void>((resolve) => this.#next.push(resolve))
        this.#isTaken = true
        return this.#handle
    }

    /** Asks something on its own. */
    async query<R>(text: string, values: readonly unknown[] = []): Promise<R[]> {
        const client = await this.connect()
        try {
            return (await client.query<R>(text, values)).rows
        } finally {
            client.release()
        }
    }

    /** From now on, until it is next looked at, what is run may take long. */
    expectLongSteps(): void {
        this.#mostMs = LONGEST_STEP
    }

    /** Looks whether it can be used, and whether the server still answers. @throws {@link Unusable} */
    check(): void {
        this.#mostMs = ANSWER
        if (this.#lost !== undefined) throw new Unusable('anew', this.#lost)
        if (!this.#isTaken) this.query('select 1').catch(() => {})
    }

    /** Ends it at once if something is being run, which fails then. */
    interrupt(): void {
        if (this.#isTaken) this.destroy()
    }

    destroy(): void {
        this.#end('the connection to the database server was closed')
        cutOff(this.#client)
        this.#release()
    }

    async end(): Promise<void> {
        if (this.#lost !== undefined) return this.destroy()
        const isOver = new Promise<void>((resolve) => this.#client.once('end', resolve))
        const cancel = this.#o.clock.after(LEAVE, () => this.destroy())
        this.#client.end().catch(() => {})
        await isOver
        cancel()
    }

    /** Gives the connection up when the server has not answered for too long. */
    #watch(): void {
        this.#cancel = this.#o.clock.after(LOOK, () => {
            if (this.#isRunning && ++this.#looks * LOOK >= this.#mostMs) {
                this.#end('the database server does not answer')
                return this.destroy()
            }
            // After a turn: what has come while something held up the event loop is read first.
            afterTurn(() => {
                if (this.#lost === undefined) this.#watch()
            })
        })
    }

    #end(reason: string): void {
        this.#lost ??= reason
        this.#cancel()
    }

    #release(): void {
        const next = this.#next.shift()
        if (next) next()
        else this.#isTaken = false
    }

    async #run(text: string, values: readonly unknown[]): Promise<Result> {
        if (this.#lost !== undefined) throw new Unusable('anew', this.#lost)
        this.#o.trace?.(text)
        this.#isRunning = true
        this.#looks = 0
        try {
            return (await this.#client.query({ text, values: values.map(kept), name: this.#nameOf(text) })) as unknown as Result
        } catch (error) {
            if (this.#lost === undefined) throw error
            if (text === COMMIT) this.isInDoubt = true
            throw new Unusable('anew', this.#lost)
        } finally {
            this.#isRunning = false
        }
    }

    /** What is run for the second time is prepared, unless there are too many of its kind: lists of ids make ever new ones. */
    #nameOf(text: string): string | undefined {
        const known = this.#prepared.get(text)
        if (known || this.#prepared.size >= MOST_PREPARED) return known
        if (!this.#seen.has(text)) {
            if (this.#seen.size >= MOST_PREPARED) this.#seen.clear()
            this.#seen.add(text)
            return undefined
        }
        const name = `socketworks_${this.#prepared.size}`
        this.#prepared.set(text, name)
        return name
    }
}

/** Ends a connection at once, without a word: the server may be out of reach. */
export function cutOff(client: Client): void {
    const { connection } = client as unknown as { connection: { stream: { destroy(): void } } }
    connection.stream.destroy()
}

const reasonOf = (error: unknown): string =>
    postgresFault(error)?.reason ?? `the connection to the database server was lost: ${reasonIn(error)}`

/** No text of PostgreSQL's has NUL in it. */
const kept = (value: unknown): unknown => (typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value)

/** OIDs of the types that come as text, for they may be greater than a JavaScript number can tell apart. */
const [INT8, NUMERIC] = [20, 1700]

/** Whole numbers and sums as numbers. @param others the driver's own types */
export const typesFrom = (others: CustomTypesConfig): CustomTypesConfig => ({
    getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
        oid === INT8 || oid === NUMERIC ? exact : others.getTypeParser(oid, format as 'text')) as CustomTypesConfig['getTypeParser'],
})

/** @throws when the number cannot be told apart from its neighbours */
function exact(text: string): number {
    const number = Number(text)
    if (Number.isInteger(number) && !Number.isSafeInteger(number)) throw new RangeError(`${text} is too large for a number`)
    return number
}

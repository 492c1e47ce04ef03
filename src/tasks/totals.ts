import { type Kysely, sql, statement } from '../store/index.ts'
import type { Total } from './repository.ts'
import type { TaskTables } from './tables.ts'

type Amount = Pick<Total, 'count' | 'bytes'>

const NONE: Amount = { count: 0, bytes: 0 }

/** How many tasks there are, by kind and owner, as it stands in the database. */
export class Totals {
    readonly #kinds = new Map<string, Map<string, Amount>>()
    readonly #sums = new Map<string, Amount>()

    reset(list: readonly Total[]): void {
        this.#kinds.clear()
        this.#sums.clear()
        this.add(list)
    }

    add(list: readonly Total[]): void {
        for (const { kind, owner, count, bytes } of list) {
            const owners = this.#kinds.get(kind) ?? new Map<string, Amount>()
            this.#kinds.set(kind, owners)
            const amount = plus(owners.get(owner), { count, bytes })
            if (amount.count > 0) owners.set(owner, amount)
            else owners.delete(owner)
            this.#sums.set(kind, plus(this.#sums.get(kind), { count, bytes }))
        }
    }

    of(kind: string, owner?: string): Amount {
        return (owner === undefined ? this.#sums.get(kind) : this.#kinds.get(kind)?.get(owner)) ?? NONE
    }

    list(): Pick<Total, 'kind' | 'owner'>[] {
        return [...this.#kinds].flatMap(([kind, owners]) => [...owners.keys()].map((owner) => ({ kind, owner })))
    }
}

const putTotal = statement<TaskTables, [kind: string, owner: string, count: number, bytes: number]>((db, kind, owner, count, bytes) =>
    db
        .insertInto('task_totals')
        .values({ kind, owner, count, bytes })
        .onConflict((conflict) =>
            conflict.columns(['kind', 'owner']).doUpdateSet({
                count: sql`task_totals.count + excluded.count`,
                bytes: sql`task_totals.bytes + excluded.bytes`,
            }),
        ),
)

/** Counts in the database what was added and, with numbers below zero, what is gone. @returns the sums */
export async function addTotals(db: Kysely<TaskTables>, list: readonly Total[]): Promise<Total[]> {
    const sums = new Map<string, Total>()
    for (const { kind, owner, ...amount } of list) {
        const key = JSON.stringify([kind, owner])
        sums.set(key, { kind, owner, ...plus(sums.get(key), amount) })
    }
    for (const { kind, owner, count, bytes } of sums.values()) await putTotal(db, kind, owner, count, bytes)
    return [...sums.values()]
}

export const plus = ({ count, bytes }: Amount = NONE, more: Amount): Amount => ({ count: count + more.count, bytes: bytes + more.bytes })

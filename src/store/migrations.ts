import type { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import type { Engine, EngineTables } from './engine.ts'
import type { Modules, Step } from './module.ts'

/** The steps of all modules from an empty database to today's, by name, which is also their order. */
export type Steps = ReadonlyMap<string, readonly Step[]>

export function stepsOf(modules: Modules): Steps {
    const parts = Object.values(modules).flatMap(({ migrations }) => Object.entries(migrations))
    const byName = Map.groupBy(parts, ([name]) => name)
    return new Map([...byName].map(([name, list]) => [name, list.map(([, step]) => step)]))
}

/** Brings the tables up to date, all or nothing. */
export async function migrate(db: Kysely<EngineTables>, steps: Steps, { types, schema }: Pick<Engine, 'types' | 'schema'>): Promise<void> {
    const run = (parts: readonly Step[]) => async (trx: Kysely<unknown>) => {
        for (const step of parts) await step(trx, types)
    }
    const migrations = Object.fromEntries([...steps].map(([name, parts]) => [name, { up: run(parts) }]))
    const provider = { getMigrations: async () => migrations }
    await db.transaction().execute(async (trx) => {
        const { error } = await new Migrator({
            db: trx,
            provider,
            // Steps of several subjects may come out in another order than that of their numbers.
            allowUnorderedMigrations: true,
            ...(schema !== undefined && { migrationTableSchema: schema }),
        }).migrateToLatest()
        if (error) throw error
    })
}

import type { Access } from '../store/index.ts'
import type { CatalogueRepository, Component } from './repository.ts'
import type { CommandTables } from './tables.ts'

/** Keeps what devices can be told. */
export class CatalogueStore implements CatalogueRepository {
    readonly #access: Access<CommandTables>

    constructor(access: Access<CommandTables>) {
        this.#access = access
    }

    async get(account: string, component: string): Promise<Component | undefined> {
        const row = await this.#access.read((db) =>
            db
                .selectFrom('command_catalogue')
                .selectAll()
                .where('component', '=', component)
                .where('account', 'in', [account, ''])
                .orderBy('account', 'desc')
                .executeTakeFirst(),
        )
        return row && toComponent(row)
    }

    async list(account: string): Promise<Component[]> {
        const rows = await this.#access.read((db) =>
            db.selectFrom('command_catalogue').selectAll().where('account', 'in', [account, '']).orderBy('component').execute(),
        )
        return rows.map(toComponent)
    }

    async put({ account, component, commands }: Omit<Component, 'version'>, version: number | undefined): Promise<Component | undefined> {
        let stored: Component | undefined
        await this.#access.write(async (db) => {
            stored = undefined
            const same = db.selectFrom('command_catalogue').where('account', '=', account).where('component', '=', component)
            const before = (await same.select('version').executeTakeFirst())?.version ?? 0
            if (version !== undefined && version !== before) return
            const row = { account, component, version: before + 1, commands: JSON.stringify(commands) }
            const update = { version: row.version, commands: row.commands }
            await db
                .insertInto('command_catalogue')
                .values(row)
                .onConflict((conflict) => conflict.columns(['account', 'component']).doUpdateSet(update))
                .execute()
            stored = toComponent(row)
        })
        return stored
    }

    async remove(account: string, component: string): Promise<boolean> {
        let isGone = false
        await this.#access.write(async (db) => {
            const row = await db
                .deleteFrom('command_catalogue')
                .where('account', '=', account)
                .where('component', '=', component)
                .returning('component')
                .executeTakeFirst()
            isGone = row !== undefined
        })
        return isGone
    }
}

const toComponent = ({ commands, ...same }: CommandTables['command_catalogue']): Component => ({ ...same, commands: JSON.parse(commands) })

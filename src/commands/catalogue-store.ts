import { Refusal } from '../lib/index.ts'
import { conditionOn, type RecordRepository, type StoredRecord } from '../records/index.ts'
import type { CatalogueRepository, CommandRule, Component } from './repository.ts'

/** Components of an account or, if it is blank, of all. */
const MOST = 10_000
/** Bytes of them in one list. */
const MOST_LISTED = 8_388_608

/** The collection of an account's components: no name that somebody could give a collection of their own has a space. */
export const collectionOf = (account: string): string => `command catalogue ${account}`

/** Keeps what devices can be told, as records. */
export class CatalogueStore implements CatalogueRepository {
    readonly #records: RecordRepository

    constructor(records: RecordRepository) {
        this.#records = records
    }

    async get(account: string, component: string): Promise<Component | undefined> {
        for (const of of new Set([account, ''])) {
            const found = await this.#records.get(collectionOf(of), component)
            if (found) return toComponent(of, found)
        }
        return undefined
    }

    async list(account: string): Promise<Component[]> {
        const lists = [...new Set([account, ''])].map(async (of) => {
            const { records, hasMore } = await this.#records.list(collectionOf(of), MOST, undefined, MOST_LISTED)
            if (hasMore) throw new Refusal(413, 'TOO_LARGE', `the catalogue has more than ${MOST_LISTED} bytes: ask for single components`)
            return records.map((record) => toComponent(of, record))
        })
        return (await Promise.all(lists)).flat().sort((a, b) => (a.component < b.component ? -1 : Number(a.component > b.component)))
    }

    async put({ account, component, commands }: Omit<Component, 'version'>, version: number | undefined, updatedAt: number) {
        const record = { key: component, value: commands, updatedAt }
        const { isDone, isFull, before, now } = await this.#records.put(collectionOf(account), record, conditionOn(version))
        if (isFull) throw new Refusal(503, 'FULL', 'the catalogue has no room for another component, or for a larger one: delete some')
        return { component: isDone ? toComponent(account, now!) : undefined, isNew: before === undefined }
    }

    async remove(account: string, component: string, now: number): Promise<boolean> {
        return (await this.#records.remove(collectionOf(account), component, now, {})).isDone
    }
}

const toComponent = (account: string, { key, version, value }: StoredRecord): Component => ({
    account,
    component: key,
    version,
    commands: value as Record<string, CommandRule>,
})

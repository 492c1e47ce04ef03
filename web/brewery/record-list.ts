import type { Refused } from '../shared/rest.ts'
import type { Collection, Kept } from './collection.ts'
import type { ConflictDialog } from './conflict-dialog.ts'

/** Milliseconds in which several changes lead to one question. */
const TOGETHER = 150

export interface Saving<Value> {
    key: string
    value: Value
    /** The version that it replaces; 0 for none. */
    version: number
    /** What the document is called for people. */
    name: string
    dialog: ConflictDialog
    saved(record: Kept<Value>): void
    /** The version of somebody else was chosen; undefined if that was to delete it. */
    took(theirs: Kept<Value> | undefined): void
    refused(error: Refused): void
}

/** The documents of a collection as the page shows them, kept up to date. */
export class RecordList<Value> {
    readonly collection: Collection<Value>
    /** By key. */
    records: Kept<Value>[] = []
    isKnown = false
    /** Why they cannot be read; undefined if they can. */
    trouble: Refused | undefined
    readonly #changed: () => void
    #due: ReturnType<typeof setTimeout> | undefined
    #asked = 0

    constructor(collection: Collection<Value>, changed: () => void) {
        this.collection = collection
        this.#changed = changed
    }

    find(key: string): Kept<Value> | undefined {
        return this.records.find((one) => one.key === key)
    }

    /** Some were changed, or may have been. */
    reloadSoon(): void {
        this.#due ??= setTimeout(() => {
            this.#due = undefined
            void this.load()
        }, TOGETHER)
    }

    async load(): Promise<void> {
        const turn = ++this.#asked
        try {
            const records = await this.collection.list()
            if (turn !== this.#asked) return
            this.records = records
            this.isKnown = true
            this.trouble = undefined
        } catch (error) {
            if (turn !== this.#asked) return
            this.trouble = error as Refused
        }
        this.#changed()
    }

    /** Saves a document; if somebody was faster, shows both versions and asks which one is to stay. */
    async save(saving: Saving<Value>): Promise<void> {
        const { key, value, version, saved, refused } = saving
        try {
            const record = await this.collection.put(key, value, version)
            saved(record)
            this.reloadSoon()
        } catch (error) {
            if ((error as Refused).status === 412) await this.#ask(saving)
            else refused(error as Refused)
        }
    }

    async #ask(saving: Saving<Value>): Promise<void> {
        const { key, value, name, dialog, took, refused } = saving
        let theirs: Kept<Value> | undefined
        try {
            theirs = await this.collection.one(key)
        } catch (error) {
            if ((error as Refused).status !== 404) return refused(error as Refused)
        }
        this.reloadSoon()
        await dialog.open({
            ...{ name, mine: value, theirs },
            take: () => took(theirs),
            overwrite: () => void this.save({ ...saving, version: theirs?.version ?? 0 }),
        })
    }
}

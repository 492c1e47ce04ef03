import { type Clock, jsonText, Refusal } from '../lib/index.ts'
import { type Condition, etagOf } from './condition.ts'
import { faultsOf, type Schema } from './schema.ts'
import type { RecordRepository, StoredRecord } from './store.ts'

/** Characters of a document as JSON. */
const LARGEST = 1_048_576
/** Bytes of the documents of one answer. */
const MAX_LIST = 4_194_304

/** A change that was made. */
interface Change {
    record: StoredRecord
    isNew: boolean
}

/** A document that is to be kept. */
interface Document {
    collection: string
    key: string
    value: unknown
    /** What a refusal calls it. */
    field: string
    /** What it is checked with; undefined if any will do. */
    schema: Schema | undefined
}

interface RecordsOptions {
    repository: RecordRepository
    clock: Clock
}

/** The records of one store, for those who change them by hand or over REST. */
export class Records {
    readonly #o: RecordsOptions

    constructor(options: RecordsOptions) {
        this.#o = options
    }

    /** @throws {@link Refusal} 404 `NOT_FOUND` */
    async get(collection: string, key: string): Promise<StoredRecord> {
        return (await this.#o.repository.get(collection, key)) ?? missing(collection, key)
    }

    /**
     * A page of a collection, by key.
     * @param after the key that the page begins behind
     * @returns `next`, what to give as `after` for the next page, if there is one
     */
    async list(collection: string, limit: number, after?: string): Promise<{ records: StoredRecord[]; next?: string }> {
        const { records, hasMore } = await this.#o.repository.list(collection, limit, after, MAX_LIST)
        return hasMore ? { records, next: records.at(-1)!.key } : { records }
    }

    /**
     * Adds a record or replaces it.
     * @throws {@link Refusal} 412 `OTHER_VERSION`, 413 `TOO_LARGE`, 422 `BAD_DOCUMENT` with all that is wrong, as `errors`, 503 `FULL`
     */
    async put({ collection, key, field, value, schema }: Document, condition: Condition): Promise<Change> {
        if (jsonText(field, value).length > LARGEST)
            throw new Refusal(413, 'TOO_LARGE', `${field} has more than ${LARGEST} characters as JSON`)
        if (schema) check(field, value, schema)
        const { repository, clock } = this.#o
        const { isDone, isFull, before, now } = await repository.put(collection, { key, value, updatedAt: clock.now() }, condition)
        if (isFull) throw new Refusal(503, 'FULL', `there is no room for another record in ${collection}, or for a larger one: delete some`)
        if (!isDone) throw other(collection, key, before)
        return { record: now!, isNew: before === undefined }
    }

    /** @returns what was deleted @throws {@link Refusal} 404 `NOT_FOUND`, 412 `OTHER_VERSION` */
    async remove(collection: string, key: string, condition: Condition): Promise<StoredRecord> {
        const { isDone, before } = await this.#o.repository.remove(collection, key, this.#o.clock.now(), condition)
        if (!before && condition.match === undefined) return missing(collection, key)
        if (!isDone) throw other(collection, key, before)
        return before!
    }

    /**
     * The versions that are kept of a record, latest first, as many as one answer may have; of one that deletes it `value` is undefined.
     * @throws {@link Refusal} 404 `NOT_FOUND`
     */
    async versions(collection: string, key: string): ReturnType<RecordRepository['versions']> {
        const versions = await this.#o.repository.versions(collection, key, MAX_LIST)
        return versions.length > 0 ? versions : missing(collection, key)
    }
}

function check(field: string, value: unknown, schema: Schema): void {
    const errors = faultsOf(field, value, schema)
    if (errors.length === 0) return
    const text = errors.map(({ path, message }) => `${path} ${message}`).join('; ')
    throw new Refusal(422, 'BAD_DOCUMENT', text, { errors })
}

function missing(collection: string, key: string): never {
    throw new Refusal(404, 'NOT_FOUND', `${collection} has no record ${key}`)
}

function other(collection: string, key: string, before: StoredRecord | undefined): Refusal {
    const text = before
        ? `the record ${key} of ${collection} has the version ${before.version} by now: get it again, and change that`
        : `${collection} has no record ${key} of that version`
    return new Refusal(412, 'OTHER_VERSION', text, before && { version: before.version, etag: etagOf(before.version) })
}

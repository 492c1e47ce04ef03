import { Refused, Rest } from '../shared/rest.ts'
import { t } from './texts.ts'

/** A document of a collection, with the version that a change of it refers to. */
export interface Kept<Value> {
    key: string
    version: number
    /** Milliseconds since 1970. */
    updatedAt?: number
    value: Value
}

/** A version of a document, which has no value where it was deleted. */
export interface Version<Value> {
    version: number
    /** Milliseconds since 1970. */
    updatedAt: number
    value?: Value
}

/** Records in one answer. */
const PAGE = 1000
/** Records that the page shows of a collection. */
const MOST = 10_000

/** A collection of documents of the flow, in which nobody overwrites another's change unawares. */
export class Collection<Value> extends Rest {
    /** What the flow calls it, and the channel that tells of its changes. */
    readonly name: string

    /** The path that it is read by. */
    readonly #source: string

    constructor(root: string, name: string, source = name) {
        super(root, (endpoint) => t('odd', { endpoint }))
        this.name = name
        this.#source = source
    }

    /** @throws {@link Refused} */
    async list(): Promise<Kept<Value>[]> {
        const all: Kept<Value>[] = []
        for (let after: string | undefined = ''; after !== undefined && all.length < MOST; ) {
            const page: { records: Kept<Value>[]; next?: string } = await this.get(this.#source, { after, limit: PAGE }, 'records')
            all.push(...page.records)
            after = page.next
        }
        return all
    }

    /** @throws {@link Refused} */
    one = (key: string): Promise<Kept<Value>> => this.#ask('GET', `${this.#source}/${encodeURIComponent(key)}`, key)

    /** Those that are kept, latest first. @throws {@link Refused} */
    async versions(key: string): Promise<Version<Value>[]> {
        return (await this.get<{ versions: Version<Value>[] }>(`${this.#path(key)}/versions`, {}, 'versions')).versions
    }

    /** @param version the version that it replaces; 0 for none, so that it is only added @throws {@link Refused} 412 if there is another one */
    put(key: string, value: Value, version: number): Promise<Kept<Value>> {
        return this.#ask(
            'PUT',
            this.#path(key),
            key,
            version === 0 ? { 'if-none-match': '*' } : { 'if-match': `"${version}"` },
            value as object,
        )
    }

    /** @throws {@link Refused} */
    async remove({ key, version }: Kept<Value>): Promise<void> {
        await this.request('DELETE', this.#path(key), { headers: { 'if-match': `"${version}"` } })
    }

    #path(key: string): string {
        return `${this.name}/${encodeURIComponent(key)}`
    }

    async #ask(method: string, path: string, key: string, headers: Record<string, string> = {}, body?: object): Promise<Kept<Value>> {
        const response = await this.request(method, path, { headers, body })
        const version = Number(/"(\d+)"/.exec(response.headers.get('etag') ?? '')?.[1] ?? Number.NaN)
        const value = (await this.read(response, method, path)) as Value
        if (Number.isNaN(version)) throw new Refused(response.status, t('odd', { endpoint: `${method} ${path}` }))
        return { key, version, value }
    }
}

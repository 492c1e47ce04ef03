import type { ViewQuery } from '../../src/views/view-event.ts'
import { type Filter, readAddress, shapeOf, type ViewAddress, writeAddress } from './address.ts'
import type { Sorting } from './sort-button.ts'

/** Milliseconds after the last key until a filter is applied. */
const TYPING = 300

/** Which devices are shown, in which order, and which page of them; kept in the address of the page. */
export class ViewState {
    filters: Filter[] = []
    sorts: Sorting[] = []
    /** Rows a page; 0 means all. */
    rows = 0
    page = 1
    readonly #changed: () => void
    #typing: ReturnType<typeof setTimeout> | undefined

    /** @param rows where the address does not say @param changed is called when another view is to be requested */
    constructor(rows: number, changed: () => void) {
        this.#changed = changed
        const address = readAddress(location.hash)
        Object.assign(this, address, { rows: address.rows ?? rows })
        this.#write(false)
        window.addEventListener('popstate', () => this.#read())
    }

    get query(): ViewQuery {
        const sort = this.sorts.map((sorting) => ({ ...sorting, as: typeOf(sorting.property) }))
        return { filter: this.activeFilters, sort, offset: this.offset, ...(this.rows && { limit: this.rows }) }
    }

    get offset(): number {
        return this.rows * (this.page - 1)
    }

    /** Filters that have a value already. */
    get activeFilters(): Filter[] {
        return this.filters.filter(({ value }) => value.trim() !== '')
    }

    filter(filters: Filter[]): void {
        this.filters = filters
        this.page = 1
        clearTimeout(this.#typing)
        this.#typing = setTimeout(() => this.#apply(), TYPING)
    }

    /** The first click sorts upwards, the next one downwards, the third not at all. */
    sort(property: string, additional: boolean): void {
        const before = this.sorts.find((sorting) => sorting.property === property)
        const others = additional ? this.sorts.filter((sorting) => sorting !== before) : []
        const direction = !before ? 'asc' : before.direction === 'asc' ? 'desc' : undefined
        this.sorts = direction ? [...others, { property, direction }] : others
        this.page = 1
        this.#apply()
    }

    setRows(rows: number): void {
        this.rows = rows
        this.page = 1
        this.#apply()
    }

    goTo(offset: number): void {
        this.page = 1 + Math.floor(offset / this.rows)
        this.#apply()
    }

    /** Goes to the last page if this one does not exist any more. @param total how many devices match */
    clampPage(total: number): void {
        if (!this.rows || this.offset < total) return
        this.page = Math.max(1, Math.ceil(total / this.rows))
        this.#write(false)
        this.#changed()
    }

    get #address(): ViewAddress {
        const { filters, sorts, rows, page } = this
        return { filters, sorts, rows, page }
    }

    #apply(): void {
        clearTimeout(this.#typing)
        // Back leads to the view before, not through each letter of a filter.
        this.#write(shapeOf(readAddress(location.hash)) !== shapeOf(readAddress(writeAddress(this.#address))))
        this.#changed()
    }

    /** @param isNew whether Back leads to the address before */
    #write(isNew: boolean): void {
        const hash = writeAddress(this.#address)
        if (hash === location.hash.slice(1)) return
        const url = location.pathname + location.search + (hash && `#${hash}`)
        try {
            if (isNew) history.pushState(null, '', url)
            else history.replaceState(null, '', url)
        } catch {
            // Some browsers refuse too many changes of the address; the view is right all the same.
        }
    }

    #read(): void {
        const address = readAddress(location.hash)
        if (writeAddress(address) === writeAddress(this.#address)) return
        clearTimeout(this.#typing)
        Object.assign(this, address, { rows: address.rows ?? 0 })
        this.#changed()
    }
}

const typeOf = (property: string): 'date' | 'auto' => (property === 'last_status_update' ? 'date' : 'auto')

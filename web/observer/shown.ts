import type { ViewQuery } from '../../src/views/view-event.ts'
import type { Filter } from './address.ts'
import { type Place, readPlace, shapeOf, writePlace } from './address.ts'
import type { Sorting } from './sort-button.ts'

/** Milliseconds after the last key until a filter counts. */
const TYPING = 300

/** What of the fleet is to be seen: which devices, in which order, and which page of them. The address tells the same. */
export class Shown {
    filters: Filter[]
    sorts: Sorting[]
    /** Rows a page; 0 means all. */
    rows: number
    page: number
    readonly #changed: () => void
    #typing: ReturnType<typeof setTimeout> | undefined

    /** @param rows where the address says nothing @param changed is called when something else is to be seen */
    constructor(rows: number, changed: () => void) {
        const place = readPlace(location.hash)
        this.filters = place.filters
        this.sorts = place.sorts
        this.rows = place.rows ?? rows
        this.page = place.page
        this.#changed = changed
        this.#write(false)
        window.addEventListener('popstate', () => this.#read())
    }

    get query(): ViewQuery {
        const sort = this.sorts.map((sorting) => ({ ...sorting, as: asOf(sorting.property) }))
        const filter = this.active
        return { filter, sort, offset: this.offset, ...(this.rows && { limit: this.rows }) }
    }

    get offset(): number {
        return this.rows * (this.page - 1)
    }

    /** The filters that say something already. */
    get active(): Filter[] {
        return this.filters.filter(({ value }) => value.trim() !== '')
    }

    filter(filters: Filter[]): void {
        this.filters = filters
        this.page = 1
        clearTimeout(this.#typing)
        this.#typing = setTimeout(() => this.#settle(), TYPING)
    }

    /** A click sorts upwards, the next one downwards, the third not at all. */
    sort(property: string, additional: boolean): void {
        const before = this.sorts.find((sorting) => sorting.property === property)
        const others = additional ? this.sorts.filter((sorting) => sorting !== before) : []
        const direction = !before ? 'asc' : before.direction === 'asc' ? 'desc' : undefined
        this.sorts = direction ? [...others, { property, direction }] : others
        this.page = 1
        this.#settle()
    }

    resize(rows: number): void {
        this.rows = rows
        this.page = 1
        this.#settle()
    }

    go(offset: number): void {
        this.page = 1 + Math.floor(offset / this.rows)
        this.#settle()
    }

    /** A page that is not there any more, or never was, is not looked at. @param total how many devices match */
    stayWithin(total: number): void {
        if (!this.rows || this.offset < total) return
        this.page = Math.max(1, Math.ceil(total / this.rows))
        this.#write(false)
        this.#changed()
    }

    get #place(): Place {
        const { filters, sorts, rows, page } = this
        return { filters, sorts, rows, page }
    }

    #settle(): void {
        clearTimeout(this.#typing)
        // Back leads to what was looked at before, not to each letter of it.
        this.#write(shapeOf(readPlace(location.hash)) !== shapeOf(readPlace(writePlace(this.#place))))
        this.#changed()
    }

    #write(isNew: boolean): void {
        const hash = writePlace(this.#place)
        if (hash === location.hash.slice(1)) return
        const url = location.pathname + location.search + (hash && `#${hash}`)
        try {
            if (isNew) history.pushState(null, '', url)
            else history.replaceState(null, '', url)
        } catch {
            // Some browsers refuse who does this too often; what is seen is right all the same.
        }
    }

    #read(): void {
        const place = readPlace(location.hash)
        if (writePlace(place) === writePlace(this.#place)) return
        clearTimeout(this.#typing)
        this.filters = place.filters
        this.sorts = place.sorts
        this.rows = place.rows ?? 0
        this.page = place.page
        this.#changed()
    }
}

const asOf = (property: string): 'date' | 'auto' => (property === 'last_status_update' ? 'date' : 'auto')

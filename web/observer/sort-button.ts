import { columnName, t } from './texts.ts'

export interface Sorting {
    property: string
    direction: 'asc' | 'desc'
}

/** The heading of a column, which sorts by it; with Shift, after the columns that are sorted by already. */
export class SortButton {
    readonly element = document.createElement('button')
    readonly #property: string
    readonly #arrow = document.createElement('span')

    constructor(property: string, sort: (additional: boolean) => void) {
        this.#property = property
        const name = document.createElement('span')
        name.textContent = columnName(property)
        this.#arrow.setAttribute('aria-hidden', 'true')
        this.element.type = 'button'
        this.element.className = 'sort'
        this.element.title = t('sortBy', { name: columnName(property) })
        this.element.append(name, this.#arrow)
        this.element.addEventListener('click', ({ shiftKey }) => sort(shiftKey))
    }

    show(sorts: Sorting[]): void {
        const place = sorts.findIndex(({ property }) => property === this.#property)
        const direction = sorts[place]?.direction
        this.#arrow.textContent = direction ? `${direction === 'asc' ? ' ▲' : ' ▼'}${sorts.length > 1 ? place + 1 : ''}` : ''
        const header = this.element.closest('[role="columnheader"]')
        if (direction) header?.setAttribute('aria-sort', direction === 'asc' ? 'ascending' : 'descending')
        else header?.removeAttribute('aria-sort')
    }
}

import type { CellComponent } from 'tabulator-tables'
import { asText } from './cells.ts'
import { t } from './texts.ts'

export interface EditorUser {
    property(field: string): string
    value(id: string, property: string): unknown
    edit(id: string, property: string, text: string): void
    focus(id: string, property: string): void
}

/**
 * The input in a cell. The value in the table stays as it is: what was asked for shows as pending until the device says so itself.
 * Whoever goes elsewhere without Enter has not said that it is meant: this switches real things.
 */
export const cellEditor =
    (user: EditorUser) =>
    (cell: CellComponent, rendered: (run: () => void) => void, _success: unknown, cancel: (value: unknown) => void): HTMLElement => {
        const { id } = cell.getData() as { id: string }
        const property = user.property(cell.getField())
        const before = asText(user.value(id, property))
        const input = document.createElement('input')
        input.value = before
        input.setAttribute('aria-label', t('editCell', { name: property, id }))
        let isOver = false
        const end = (isMeant: boolean) => {
            if (isOver) return
            isOver = true
            cancel(undefined)
            if (isMeant && input.value !== before) user.edit(id, property, input.value)
        }
        input.addEventListener('keydown', (event) => {
            event.stopPropagation()
            if (event.key !== 'Enter' && event.key !== 'Escape') return
            end(event.key === 'Enter')
            user.focus(id, property)
        })
        input.addEventListener('blur', () => end(false))
        rendered(() => {
            input.focus({ preventScroll: true })
            input.select()
        })
        return input
    }

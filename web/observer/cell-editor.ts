import type { CellComponent } from 'tabulator-tables'
import { asText } from './cells.ts'
import { t } from './texts.ts'

export interface EditorHandlers {
    property(field: string): string
    value(id: string, property: string): unknown
    edit(id: string, property: string, text: string): void
    focus(id: string, property: string): void
}

/**
 * The input in a cell. The table keeps the value until the device reports the new one. Only Enter sends it: this switches real things,
 * and leaving the cell may be an accident.
 */
export const cellEditor =
    (handlers: EditorHandlers) =>
    (cell: CellComponent, rendered: (run: () => void) => void, _success: unknown, cancel: (value: unknown) => void): HTMLElement => {
        const { id } = cell.getData() as { id: string }
        const property = handlers.property(cell.getField())
        const before = asText(handlers.value(id, property))
        const input = document.createElement('input')
        input.value = before
        input.setAttribute('aria-label', t('editCell', { name: property, id }))
        let isEnded = false
        const end = (isConfirmed: boolean) => {
            if (isEnded) return
            isEnded = true
            cancel(undefined)
            if (isConfirmed && input.value !== before) handlers.edit(id, property, input.value)
        }
        input.addEventListener('keydown', (event) => {
            event.stopPropagation()
            if (event.key !== 'Enter' && event.key !== 'Escape') return
            end(event.key === 'Enter')
            handlers.focus(id, property)
        })
        input.addEventListener('blur', () => end(false))
        rendered(() => {
            input.focus({ preventScroll: true })
            input.select()
        })
        return input
    }

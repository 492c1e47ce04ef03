import { selectSoleConfigs } from './sole-config.ts'

/** The dialog of a node, as long as it is open. Dialogs of configuration nodes open on top of that of the node using them. */
const dialogs = '.socketworks-dialog'

/** A field of a node's open dialog, if it is open. */
export function fieldIn(node: { id: string }, key: string): JQuery | undefined {
    for (const field of $(`#node-input-${key}, #node-config-input-${key}`).toArray())
        if ($(field).closest(dialogs).data('node') === node.id) return $(field)
    return undefined
}

/** What a setting is at this moment: what its open dialog shows, or else what is saved. */
export function currentValue(node: { id: string } & object, key: string): string {
    const field = fieldIn(node, key)
    if (field) return field.is(':checkbox') ? String(field.prop('checked')) : String(field.val() ?? '')
    return String((node as Record<string, unknown>)[key] ?? '')
}

/** Marks the open dialog as the one of this node, and shows what a setting means that its flow does not have. @returns the dialog */
export function markOpen(
    node: { id: string },
    prefix: 'node-input' | 'node-config-input',
    defaultValues: Readonly<Record<string, unknown>>,
): JQuery {
    const dialog = $(`#${prefix}-name`).closest(dialogs).data('node', node.id)
    for (const field of dialog.find('select, input[type="checkbox"], .socketworks-typed')) {
        const key = field.id.slice(prefix.length + 1)
        const value: unknown = Reflect.get(node, key)
        if (value === undefined && key in defaultValues) show($(field), defaultValues[key])
        else keepVariable($(field), value)
    }
    selectSoleConfigs(node, prefix)
    for (const select of dialog.find('select')) if (select.selectedIndex < 0) select.selectedIndex = 0
    return dialog
}

function show(field: JQuery, value: unknown): void {
    if (field.is(':checkbox')) field.prop('checked', value === true)
    else field.val(String(value))
}

/** What the dialog shows is no longer what the node's settings are. */
export const markClosed = (node: { id: string }, prefix: string): void =>
    void $(`#${prefix}-name`)
        .closest(dialogs)
        .filter((_, dialog) => $(dialog).data('node') === node.id)
        .removeData('node')

/** A tick box or a choice cannot show a variable of the environment, and would put something else in its place when the dialog is left. */
function keepVariable(field: JQuery, value: unknown): void {
    if (field.is('.socketworks-typed') || typeof value !== 'string' || !/^\$\{[^}]+\}$/.test(value) || field.val() === value) return
    if (field.is('select')) field.append($('<option>', { value, text: value }))
    else field.attr('type', 'text')
    field.val(value)
}

import type { EditorRED } from 'node-red'

/** What runs in the page of Node-RED's editor. */

declare const RED: EditorRED

/** Removes the nodes that were not there when it was opened. @returns whether it did not, as a dialog is open, which has to be left first */
export function removeAdded(): boolean {
    if (document.querySelector('.red-ui-tray')?.checkVisibility()) return true
    const known: Set<unknown> = Reflect.get(window, 'known')
    const added: string[] = []
    const collect = (node: object) => {
        const id = Reflect.get(node, 'id')
        if (!known.has(id)) added.push(id)
        return true
    }
    RED.nodes.eachNode(collect)
    RED.nodes.eachConfig(collect)
    RED.view.select(false as never)
    for (const id of added) RED.nodes.remove(id)
    RED.view.redraw(true)
    return false
}

/** Types, ticks or chooses what somebody does who sees the field. In one go, as asking a browser takes most of the time. */
export async function fill(element: Element, value: string | boolean): Promise<void> {
    const field = element as HTMLInputElement
    field.closest('details')?.setAttribute('open', '')
    for (let frames = 0; !field.checkVisibility() || field.disabled; frames++) {
        if (frames > 300) throw new Error(`${field.id} cannot be filled in`)
        await new Promise(requestAnimationFrame)
    }
    field.focus()
    if (field instanceof HTMLSelectElement) {
        const option = [...field.options].find((one) => one.value === value || one.label === value)
        if (!option) throw new Error(`${field.id} has no option ${value}`)
        field.value = option.value
        for (const event of ['input', 'change']) field.dispatchEvent(new Event(event, { bubbles: true }))
    } else if (typeof value === 'boolean') {
        if (field.checked !== value) field.click()
    } else {
        field.select()
        // Unlike a value that is put in, it is typed to the browser: it changes the field when that is left.
        document.execCommand(value === '' ? 'delete' : 'insertText', false, value)
    }
    field.blur()
}

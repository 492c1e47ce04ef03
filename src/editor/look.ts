import { opened } from './dialog.ts'
import { giveOnly } from './only.ts'

interface Drawn {
    name: string
    _(key: string): string
}

/** What every node of the pack has: how it is called, which is by its name or else in the words of the palette, and how it begins. */
export const named = {
    onadd(this: { z?: string }): void {
        giveOnly(this)
    },
    oneditprepare(this: { id: string }): void {
        opened(this)
    },
    paletteLabel(this: Pick<Drawn, '_'>): string {
        return this._('label.palette')
    },
    label(this: Drawn): string {
        return this.name || this._('label.palette')
    },
    labelStyle(this: Pick<Drawn, 'name'>): string {
        return this.name ? 'node_label_italic' : ''
    },
}

/** The outputs of an action node. */
export const doneOrRefused = {
    outputs: 2,
    outputLabels(this: Pick<Drawn, '_'>, index: number): string {
        return this._(index === 0 ? 'common.output.done' : 'common.output.refused')
    },
}

import { assignSoleConfigs } from './sole-config.ts'

interface Drawn {
    name: string
    _(key: string): string
}

const labelStyle = function (this: Pick<Drawn, 'name'>): string {
    return this.name ? 'node_label_italic' : ''
}

/** What every configuration node has. */
export const configAppearance = { labelStyle }

/** What every other node has: how it is called, which is by its name or else in the words of the palette, and how it begins. */
export const appearance = {
    onadd(this: { z?: string }): void {
        assignSoleConfigs(this)
    },
    paletteLabel(this: Pick<Drawn, '_'>): string {
        return this._('label.palette')
    },
    label(this: Drawn): string {
        return this.name || this._('label.palette')
    },
    labelStyle,
}

/** The outputs of a node, by the keys of their labels. */
export const outputs = (...keys: string[]) => ({
    outputs: keys.length,
    outputLabels(this: Pick<Drawn, '_'>, index: number): string {
        return this._(keys[index]!)
    },
})

/** The outputs of an action node. */
export const doneOrRefused = outputs('common.output.done', 'common.output.refused')

interface Drawn {
    name: string
    _(key: string): string
}

/** How every node of the pack is called: by the name it was given, or else in the words of the palette. */
export const named = {
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

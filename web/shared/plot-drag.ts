import type uPlot from 'uplot'

/** CSS pixels that a finger moves before it selects. */
const STARTS = 10
/** CSS pixels of a selection that counts. */
const NARROWEST = 6

/** Lets a finger select as a mouse does. Up and down still scrolls the page. */
export function dragWithFinger(plot: uPlot, selected: () => void): void {
    const { over } = plot
    let start: number | undefined
    const end = () => {
        start = undefined
    }
    over.style.touchAction = 'pan-y'
    over.addEventListener('pointerdown', ({ pointerType, offsetX }) => {
        start = pointerType === 'mouse' ? undefined : offsetX
    })
    over.addEventListener('pointermove', ({ offsetX }) => {
        if (start === undefined) return
        const [left, width] = [Math.min(start, offsetX), Math.abs(offsetX - start)]
        if (width >= STARTS) plot.setSelect({ left, width, top: 0, height: over.clientHeight }, false)
    })
    over.addEventListener('pointerup', () => {
        if (start !== undefined) selected()
        end()
    })
    over.addEventListener('pointercancel', end)
}

/** Ends a selection. @returns the time it spans, in milliseconds; undefined if it is too narrow to be meant */
export function takeSelection(plot: uPlot): { from: number; to: number } | undefined {
    const { left, width } = plot.select
    if (width < NARROWEST) return
    const [from, to] = [left, left + width].map((at) => plot.posToVal(at, 'x') * 1000) as [number, number]
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
    return { from, to }
}

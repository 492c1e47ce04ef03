import type uPlot from 'uplot'

/** CSS pixels that a finger moves before it selects. */
const STARTS = 10

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

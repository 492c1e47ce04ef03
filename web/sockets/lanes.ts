import { html, nothing, type TemplateResult } from 'lit'
import { classMap } from 'lit/directives/class-map.js'
import type { Range } from '../shared/time-window.ts'
import { costText, energyText } from './format.ts'
import type { Sides } from './power-plot.ts'
import type { Instance } from './service.ts'

/** Bars one above the other, at the most: what runs at the same time as more others is drawn over them. */
const MOST_LANES = 4
/** From so many on, all are in one lane: each is too thin to be told from the others. */
const MANY = 150

export const startOf = ({ startTimestamp }: Instance): number => Date.parse(startTimestamp)
/** @param now until when one that still runs has run */
export const endOf = ({ stopTimestamp }: Instance, now: number): number => (stopTimestamp === null ? now : Date.parse(stopTimestamp))

interface Bar {
    instance: Instance
    lane: number
    from: number
    to: number
}

/** Puts each into the first lane where there is room for it. */
function bars(instances: readonly Instance[], now: number, shortest: number): Bar[] {
    const ends: number[] = []
    const most = instances.length < MANY ? MOST_LANES : 1
    return instances
        .toSorted((one, other) => startOf(one) - startOf(other))
        .map((instance) => {
            const from = startOf(instance)
            const to = Math.max(endOf(instance, now), from + shortest)
            const free = ends.findIndex((end) => end <= from)
            const lane = free >= 0 ? free : Math.min(ends.length, most - 1)
            ends[lane] = Math.max(ends[lane] ?? 0, to)
            return { instance, lane, from, to }
        })
}

/**
 * The instances as bars on the time line, below the plot. The list of them says the same to those who do not see it.
 * @param sides CSS pixels left and right of the plot
 */
export function lanes(
    instances: readonly Instance[],
    { from, to }: Range,
    now: number,
    sides: Sides,
    selected: string | undefined,
    select: (instance: Instance) => void,
): TemplateResult {
    // Two in a thousand of the width can be seen.
    const all = bars(instances, now, (to - from) * 0.002)
    const percent = (at: number) => ((Math.min(Math.max(at, from), to) - from) / (to - from)) * 100
    const count = Math.max(1, ...all.map(({ lane }) => lane + 1))
    const height = count > 2 ? 20 : 28
    // As properties: the content security policy forbids attributes with styles.
    const place = `margin: 0 ${sides.right}px 0 ${sides.left}px; height: ${count * height - 4}px; --bar: ${height - 4}px`
    return html`<div class="lanes" aria-hidden="true" .style=${place}>
        ${all.map((bar) => {
            const style = `left: ${percent(bar.from)}%; width: ${percent(bar.to) - percent(bar.from)}%; top: ${bar.lane * height}px`
            const { id, stopTimestamp, isEmergencyStopped } = bar.instance
            const classes = { stripe: true, running: stopTimestamp === null, halted: isEmergencyStopped, selected: id === selected }
            return html`<div class=${classMap(classes)} .style=${style} @click=${() => select(bar.instance)}>
                ${used(bar.instance)}
            </div>`
        })}
    </div>`
}

/** What one has used and what that cost, as far as it is known and there is room for it. */
const used = ({ summary }: Instance) =>
    summary
        ? html`<span>${energyText(summary.energyWh)}</span>${typeof summary.cost === 'number' ? html`<small>${costText(summary.cost)}</small>` : nothing}`
        : nothing

import { html, nothing, type TemplateResult } from 'lit'
import { longSpanText, t } from './texts.ts'
import type { TimeWindow } from './time-window.ts'

/** What somebody moves a {@link TimeWindow} with. */
export interface WindowControls {
    window: TimeWindow
    /** The chosen length in seconds, one of these. */
    span: number
    spans: readonly number[]
    now(): number
    choose(seconds: number): void
    /** Changes the window, and draws what it shows then. */
    change(change: () => void): void
}

/** How long the window is. */
export function windowSpans(controls: WindowControls): TemplateResult {
    const { window, span, spans, choose } = controls
    const isChosen = (seconds: number) => seconds === span && window.isLive && !window.isZoomed
    const pick = (seconds: number) => (seconds === span ? goLive(controls) : choose(seconds))
    return html`<div class="segments spans" role="group" aria-label=${t('span')}>
        ${spans.map(
            (seconds) =>
                html`<button type="button" aria-pressed=${isChosen(seconds)} @click=${() => pick(seconds)}>${longSpanText(seconds)}</button>`,
        )}
    </div>`
}

/** Buttons that go back and forth. */
export function windowMoves(controls: WindowControls): TemplateResult {
    const { window, now, change } = controls
    const { isLive, isZoomed } = window
    const move = (part: number) => change(() => window.move(part, now()))
    return html`<div class="moves">
        ${isZoomed ? html`<button type="button" @click=${() => change(() => window.zoomOut())}>${t('zoomOut')}</button>` : nothing}
        ${isZoomed || isLive ? nothing : html`<button type="button" @click=${() => goLive(controls)}>${t('live')}</button>`}
        <button type="button" aria-label=${t('earlier')} @click=${() => move(-0.5)}>‹</button>
        <button type="button" aria-label=${t('later')} ?disabled=${isLive} @click=${() => move(0.5)}>›</button>
    </div>`
}

/** The same by keys: arrows move, + and − change the length, Escape zooms out, End goes to now. */
export function windowKey(event: KeyboardEvent, controls: WindowControls): void {
    const { window, now, change } = controls
    const changes: Record<string, () => void> = {
        ArrowLeft: () => change(() => window.move(-0.25, now())),
        ArrowRight: () => change(() => window.move(0.25, now())),
        '+': () => change(() => window.scale(0.5, now())),
        '-': () => change(() => window.scale(2, now())),
        Escape: () => change(() => window.zoomOut()),
        End: () => goLive(controls),
    }
    if (event.ctrlKey || event.altKey || event.metaKey || !Object.hasOwn(changes, event.key)) return
    changes[event.key]!()
    event.preventDefault()
}

const goLive = ({ window, span, change }: WindowControls): void => change(() => window.show(span * 1000))

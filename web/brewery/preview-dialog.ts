import { html, LitElement, nothing, svg, type TemplateResult } from 'lit'
import { durationText, momentText } from '../shared/times.ts'
import { setPointText } from './format.ts'
import { exactDuration, extentOf, type Spot, type Step } from './profile.ts'
import type { Curve, Preview } from './service.ts'
import { t } from './texts.ts'

/** The size of the drawing, in its own units. */
const [WIDTH, HEIGHT] = [560, 160]

/** Shows what an edit changes in the profile that is played, and asks whether to do it. */
export class PreviewDialog extends LitElement {
    static override properties = { preview: { state: true } }
    declare preview: Preview | undefined
    #apply: () => void = () => {}

    protected override createRenderRoot(): HTMLElement {
        return this
    }

    async open(preview: Preview, apply: () => void): Promise<void> {
        this.preview = preview
        this.#apply = apply
        await this.updateComplete
        this.querySelector('dialog')!.showModal()
    }

    protected override render(): TemplateResult {
        const { preview } = this
        return html`<dialog class="form conflict" aria-labelledby="preview-heading">
            <h3 id="preview-heading">${t('previewHeading')}</h3>
            ${preview ? this.#content(preview) : nothing}
        </dialog>`
    }

    #content({ changes, before, after }: Preview): TemplateResult {
        const close = () => this.querySelector('dialog')!.close()
        const apply = () => {
            close()
            this.#apply()
        }
        const longer = (after.timeLeft - before.timeLeft) * 1000
        const isSame = changes.length === 0
        return html`${isSame ? html`<p class="hint">${t('noChange')}</p>` : drawing(before.curve, after.curve)}
            ${
                isSame
                    ? nothing
                    : html`<p class="hint legend">
                              <span><i class="swatch dashed before"></i>${t('nowIs')}</span> <span><i class="swatch after"></i>${t('thenIs')}</span>
                              ${longer === 0 ? nothing : html`<span>${t(longer > 0 ? 'endsLater' : 'endsEarlier', { time: durationText(Math.abs(longer)) })}</span>`}
                              ${before.setPoint === after.setPoint ? nothing : html`<span>${t('jumps', { from: setPointText(before.setPoint), to: setPointText(after.setPoint) })}</span>`}
                          </p>
                          <ul class="changes">${changes.map(change)}</ul>`
            }
            <div class="buttons">
                <button type="button" autofocus @click=${close}>${t(isSame ? 'close' : 'dismiss')}</button>
                ${isSame ? nothing : html`<button type="button" class="primary" @click=${apply}>${t('apply')}</button>`}
            </div>`
    }
}

const spotsOf = (curve: Curve): Spot[] => curve.flatMap(({ at, value }) => (value === null ? [] : [{ at: Date.parse(at), value }]))

/** Both curves over one another. */
function drawing(before: Curve, after: Curve): TemplateResult | typeof nothing {
    const [old, made] = [spotsOf(before), spotsOf(after)]
    if (old.length + made.length < 2) return nothing
    const { times, values } = extentOf([...old, ...made])
    const x = (at: number) => ((at - times.from) / (times.to - times.from)) * WIDTH
    const y = (value: number) => (1 - (value - values.from) / (values.to - values.from)) * HEIGHT
    const path = (spots: readonly Spot[]) => spots.map(({ at, value }) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(' ')
    return html`<svg class="curve drawing" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label=${t('drawing')}>
        ${svg`<polyline class="before" points=${path(old)}></polyline><polyline class="line" points=${path(made)}></polyline>`}
    </svg>`
}

function change({ index, before, after }: Preview['changes'][number]): TemplateResult {
    const number = index + 1
    if (before && after)
        return html`<li>${t('stepChanges', { number })} <del>${stepText(before)}</del> → <ins>${stepText(after)}</ins></li>`
    return before
        ? html`<li>${t('stepGoes', { number })} <del>${stepText(before)}</del></li>`
        : html`<li>${t('stepComes', { number })} <ins>${stepText(after!)}</ins></li>`
}

/** What a step does, in words. */
function stepText(step: Step): string {
    const time = (seconds: number) => exactDuration(seconds * 1000)
    switch (step.type) {
        case 'set':
            return t('doesSet', { value: setPointText(step.value) })
        case 'at':
            return t('doesAt', { value: setPointText(step.value), time: momentText(Date.parse(step.at), 60_000) })
        case 'ramp':
            return step.duration === undefined
                ? t('doesRate', { value: setPointText(step.to), rate: setPointText(step.rate) })
                : t('doesRamp', { value: setPointText(step.to), time: time(step.duration) })
        case 'hold':
            return t('doesHold', { time: time(step.duration) })
        case 'until':
            return t(step.above === undefined ? 'doesBelow' : 'doesAbove', {
                value: setPointText(step.above ?? step.below),
                time: time(step.limit),
            })
        case 'confirm':
            return t('doesConfirm', { text: step.text })
    }
}

customElements.define('preview-dialog', PreviewDialog)

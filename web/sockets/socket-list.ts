import { html, type TemplateResult } from 'lit'
import { powerText } from './format.ts'
import type { SocketModel } from './socket-model.ts'
import { t } from './texts.ts'

/** All sockets with what they draw, to choose the one that is shown. */
export const socketList = (models: readonly SocketModel[], shown: SocketModel, choose: (model: SocketModel) => void): TemplateResult =>
    html`<nav aria-label=${t('title')}>
        <ul class="list">
            ${models.map(
                (model) =>
                    html`<li>
                        <button type="button" aria-current=${model === shown} @click=${() => choose(model)}>
                            <span class="dot ${model.state}" role="img" aria-label=${t(model.state)}>●</span>
                            <span>${model.name}</span>
                            <b>${powerText(model.power)}</b>
                        </button>
                    </li>`,
            )}
        </ul>
    </nav>`

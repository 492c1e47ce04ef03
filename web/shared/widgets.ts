import { html, nothing, type TemplateResult } from 'lit'
import { type ConnectionState, stateText } from './connection.ts'
import { t } from './texts.ts'
import { type Theme, themes } from './theme.ts'

/** The state of the connection, with a button while it waits for the next attempt. */
export const connectionStatus = (state: ConnectionState, connect: () => void): TemplateResult =>
    html`<span class="state ${state.is}" role="status">${stateText(state)}</span>
        ${state.is === 'waiting' ? html`<button type="button" @click=${connect}>${t('tryNow')}</button>` : nothing}`

export const themeSelect = (theme: Theme, choose: (theme: Theme) => void): TemplateResult =>
    html`<label>
        ${t('theme')}
        <select @change=${({ target }: Event) => choose((target as HTMLSelectElement).value as Theme)}>
            ${themes.map((one) => html`<option value=${one} ?selected=${one === theme}>${t(one)}</option>`)}
        </select>
    </label>`

/** @param use is given the token that was entered */
export function accessForm(token: string, use: (token: string) => void): TemplateResult {
    const submit = (event: Event) => {
        event.preventDefault()
        use((event.target as HTMLFormElement).querySelector('input')?.value.trim() ?? '')
    }
    return html`<form class="section" aria-label=${t('access')} @submit=${submit}>
        <label>${t('token')} <input type="password" autocomplete="off" .value=${token} aria-describedby="token-hint"></label>
        <button type="submit">${t('useToken')}</button>
        <small id="token-hint">${t('tokenHint')}</small>
    </form>`
}

/** @param size rows a page; 0 means all @param shown rows of this page @param go is given the first row to show */
export function pager(
    offset: number,
    size: number,
    shown: number,
    total: number,
    go: (offset: number) => void,
): TemplateResult | typeof nothing {
    if (size === 0) return nothing
    return html`<nav class="pager" aria-label=${t('pages')}>
        <button type="button" aria-label=${t('previous')} ?disabled=${offset === 0} @click=${() => go(Math.max(0, offset - size))}>‹</button>
        <span>${t('page', { from: shown ? offset + 1 : 0, to: offset + shown, total })}</span>
        <button type="button" aria-label=${t('next')} ?disabled=${offset + size >= total} @click=${() => go(offset + size)}>›</button>
    </nav>`
}

/** An announcement for screen readers, and an error that stays until it is closed; blank for none. */
export const notices = (announcement: string, error: string, close: () => void): TemplateResult =>
    html`<p class="unseen" role="status">${announcement}</p>
        <div role="alert">
            ${
                error
                    ? html`<p class="trouble"><span>${error}</span><button type="button" aria-label=${t('close')} @click=${close}>✕</button></p>`
                    : nothing
            }
        </div>`

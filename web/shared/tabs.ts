import { html, nothing, type TemplateResult } from 'lit'

export interface Tab<Id extends string> {
    id: Id
    name: string
    /** A number beside the name; 0 for none. */
    count?: number
    /** What the number means, for screen readers. */
    countText?: string
}

/** Tabs, one of which is shown (WAI-ARIA, pattern `tabs`): Tab stops at the chosen one, the arrow keys go to the others. */
export function tabBar<Id extends string>(label: string, tabs: readonly Tab<Id>[], chosen: Id, choose: (id: Id) => void): TemplateResult {
    const go = (event: KeyboardEvent) => {
        const at = tabs.findIndex(({ id }) => id === chosen)
        const to = places[event.key]?.(at, tabs.length)
        if (to === undefined) return
        event.preventDefault()
        const { id } = tabs[(to + tabs.length) % tabs.length]!
        choose(id)
        ;(event.currentTarget as HTMLElement).querySelector<HTMLElement>(`#tab-${id}`)?.focus()
    }
    return html`<div class="tabs" role="tablist" aria-label=${label} @keydown=${go}>
        ${tabs.map(
            ({ id, name, count = 0, countText = '' }) =>
                html`<button
                    type="button"
                    role="tab"
                    id="tab-${id}"
                    aria-selected=${id === chosen}
                    aria-controls=${id === chosen ? 'tab-panel' : nothing}
                    tabindex=${id === chosen ? 0 : -1}
                    @click=${() => choose(id)}
                >
                    ${name}${count > 0 ? html` <b>${count}<span class="unseen"> ${countText}</span></b>` : nothing}
                </button>`,
        )}
    </div>`
}

const places: Record<string, (at: number, all: number) => number> = {
    ArrowLeft: (at) => at - 1,
    ArrowRight: (at) => at + 1,
    Home: () => 0,
    End: (_at, all) => all - 1,
}

/** What the chosen tab shows. */
export const tabPanel = (chosen: string, content: unknown): TemplateResult =>
    html`<div class="tab-panel" role="tabpanel" id="tab-panel" aria-labelledby="tab-${chosen}">${content}</div>`

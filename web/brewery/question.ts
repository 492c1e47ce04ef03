import { html, type TemplateResult } from 'lit'
import { t } from './texts.ts'

export interface Question {
    id: string
    heading: string
    text: string
    /** What the button says that does it. */
    action: string
    run(): void
}

/** A dialog that asks before something is done that cannot be taken back. */
export function askDialog({ id, heading, text, action, run }: Question): TemplateResult {
    const close = ({ currentTarget }: Event) => (currentTarget as HTMLElement).closest('dialog')!.close()
    const confirm = (event: Event) => {
        close(event)
        run()
    }
    return html`<dialog id=${id} aria-labelledby="${id}-heading" aria-describedby="${id}-text">
        <h3 id="${id}-heading">${heading}</h3>
        <p id="${id}-text">${text}</p>
        <div class="buttons">
            <button type="button" autofocus @click=${close}>${t('dismiss')}</button>
            <button type="button" class="danger" @click=${confirm}>${action}</button>
        </div>
    </dialog>`
}

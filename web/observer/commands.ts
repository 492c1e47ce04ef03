import type { ViewAnswer, ViewRequest } from '../../src/views/view-event.ts'
import type { Mark } from './cells.ts'
import { t } from './texts.ts'

export interface CommandsUser {
    send(request: ViewRequest): boolean
    changed(id: string, property: string): void
}

/** Milliseconds that an answer may take, and that its result is shown. */
const PATIENCE = 30_000
const SHOWN = { confirmed: 3000, failed: 8000 }

interface Asked {
    id: string
    property: string
    request: string
    mark: Mark
    timer: ReturnType<typeof setTimeout>
}

/** Values that devices were asked to take, until it is known what became of it. */
export class Commands {
    readonly #user: CommandsUser
    readonly #asked = new Map<string, Asked>()
    #last = 0

    constructor(user: CommandsUser) {
        this.#user = user
    }

    mark(id: string, property: string): Mark | undefined {
        return this.#asked.get(key(id, property))?.mark
    }

    set(id: string, property: string, value: unknown): void {
        const request = `${Date.now().toString(36)}-${++this.#last}`
        const timer = setTimeout(() => this.answered({ kind: 'set', request, state: 'failed', message: t('noAnswer') }), PATIENCE)
        clearTimeout(this.#asked.get(key(id, property))?.timer)
        this.#asked.set(key(id, property), { id, property, request, mark: { state: 'pending', value }, timer })
        this.#user.changed(id, property)
        if (!this.#user.send({ type: 'set', id, property, value, request }))
            this.answered({ kind: 'set', request, state: 'failed', message: t('offline') })
    }

    answered({ request, state, message }: Extract<ViewAnswer, { kind: 'set' }>): void {
        const asked = [...this.#asked.values()].find((one) => one.request === request)
        if (!asked || state === 'pending') return
        const { id, property } = asked
        asked.mark = { state, value: asked.mark.value, ...(message && { message }) }
        clearTimeout(asked.timer)
        asked.timer = setTimeout(() => {
            this.#asked.delete(key(id, property))
            this.#user.changed(id, property)
        }, SHOWN[state])
        this.#user.changed(id, property)
    }
}

const key = (id: string, property: string): string => JSON.stringify([id, property])

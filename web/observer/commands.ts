import type { ViewAnswer, ViewRequest } from '../../src/views/view-event.ts'
import { t } from './texts.ts'

/** The status of a request to set a property. */
export interface CommandStatus {
    state: 'pending' | 'confirmed' | 'failed'
    /** The value that was requested. */
    value: unknown
    message?: string
}

export interface CommandHandlers {
    /** @returns false when there is no connection */
    send(request: ViewRequest): boolean
    changed(id: string, property: string): void
}

/** Milliseconds that an answer may take, and that its result is shown. */
const PATIENCE = 30_000
const SHOWN = { confirmed: 3000, failed: 8000 }

interface Command {
    id: string
    property: string
    request: string
    status: CommandStatus
    timer: ReturnType<typeof setTimeout>
}

/** Requests to set properties of devices: the latest of each cell, until its result has been shown. */
export class Commands {
    readonly #handlers: CommandHandlers
    readonly #commands = new Map<string, Command>()
    #last = 0

    constructor(handlers: CommandHandlers) {
        this.#handlers = handlers
    }

    status(id: string, property: string): CommandStatus | undefined {
        return this.#commands.get(key(id, property))?.status
    }

    set(id: string, property: string, value: unknown): void {
        const request = `${Date.now().toString(36)}-${++this.#last}`
        const fail = (message: string) => this.answered({ kind: 'set', request, state: 'failed', message })
        const timer = setTimeout(() => fail(t('noAnswer')), PATIENCE)
        clearTimeout(this.#commands.get(key(id, property))?.timer)
        this.#commands.set(key(id, property), { id, property, request, status: { state: 'pending', value }, timer })
        this.#handlers.changed(id, property)
        if (!this.#handlers.send({ type: 'set', id, property, value, request })) fail(t('offline'))
    }

    answered({ request, state, message }: Extract<ViewAnswer, { kind: 'set' }>): void {
        const command = [...this.#commands.values()].find((one) => one.request === request)
        if (!command || state === 'pending') return
        const { id, property } = command
        command.status = { state, value: command.status.value, ...(message && { message }) }
        clearTimeout(command.timer)
        command.timer = setTimeout(() => {
            this.#commands.delete(key(id, property))
            this.#handlers.changed(id, property)
        }, SHOWN[state])
        this.#handlers.changed(id, property)
    }
}

const key = (id: string, property: string): string => JSON.stringify([id, property])

/** `code` is an own property, so that a Catch node sees it as `msg.error.code`. */
export class SocketworksError extends Error {
    override readonly name = 'SocketworksError'
    readonly code: string

    constructor(code: string, message: string, options?: ErrorOptions) {
        super(message, options)
        this.code = code
    }
}

export const toError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))

/** Why something that could be foreseen is not done. It is told to whoever asked, and is no error. */
export class Refusal extends Error {
    override readonly name = 'Refusal'
    /** An HTTP status code, 4xx or 5xx. */
    readonly status: number
    /** What a flow can branch on, in SCREAMING_SNAKE. */
    readonly code: string
    /** What the answer's body holds besides its message. */
    readonly details: Record<string, unknown>

    constructor(status: number, code: string, message: string, details: Record<string, unknown> = {}, cause?: unknown) {
        super(message, { cause })
        this.status = status
        this.code = code
        this.details = details
    }
}

/** Refuses a value that came from outside, naming the field it was in. */
export const badInput = (field: string, wanted: string): Refusal =>
    new Refusal(422, 'BAD_INPUT', `${field} ${wanted}`, { errors: [{ path: field, message: wanted }] })

import { isMissing, messageOf, Refusal } from '../../lib/index.ts'
import type { Identity, Peer } from '../../ws/index.ts'
import { type CommandAnswer, type Incoming, type Protocol, type Session, type SessionTools, Unreadable } from '../session.ts'
import { faultOf } from './json.ts'
import { isDict } from './smart-os.ts'

const frameOf = (code: number, content: unknown): string => JSON.stringify({ code, content })
const SUBSCRIBED = frameOf(200, 'Subscribed to ws server')
const PONG = frameOf(202, 'PONG')
const WRONG_FORMAT = frameOf(401, 'Wrong message format')
const INVALID_TOKEN = frameOf(401, 'Invalid device token')
const INTERNAL_ERROR = frameOf(500, 'Internal server error')
/** Milliseconds. */
const FIRST_FRAME_WITHIN = 10_000
/** The code of a command, and that of the notice that a token expires, which the seed has not. */
const ACTUATION = 1024
const EXPIRING = 4401

const statuses: readonly unknown[] = ['received', 'done', 'refused', 'failed'] satisfies CommandAnswer['status'][]

/**
 * What a device of the Open IoT Service Platform speaks (seed `oisp-websocket-server`): it says who it is by `{type: "device", deviceId,
 * deviceToken}` and is answered by `{code, content}`; its commands are `{code: 1024, content}`. Each frame is a JSON object; whoever sends
 * anything else is sent away.
 *
 * Beyond the seed: a device that adds `answers: true` to its first frame gets commands with an `id` and their `notAfter`, and answers each
 * by `{type: "answer", id, status, value?, reason?}`, with one of the statuses of {@link CommandAnswer}. A minute before its token expires
 * a device is sent the code 4401; by another frame of the type `device` it may show a new token for the same id. Objects of other types
 * are messages for the flow.
 */
export const oisp: Protocol = {
    subprotocols: { names: ['echo-protocol'], required: true },
    tellsId: true,
    idWithin: FIRST_FRAME_WITHIN,
    tokenInFrame: true,
    accountClaim: 'accounts.0.id',
    keyFile: 'keys/public.pem',
    badFrame: WRONG_FORMAT,
    open: (peer, tools) => new OispSession(peer, tools),
}

/** A token is wrong, or that cannot be found out now. */
type Fault = 'wrong' | 'unknown'

function refused(error: unknown): Fault {
    if (!(error instanceof Refusal)) throw error
    return error.status === 503 ? 'unknown' : 'wrong'
}

class OispSession implements Session {
    readonly #peer: Peer
    readonly #tools: SessionTools
    #deviceId: string | undefined
    answersCommands = false

    constructor(peer: Peer, tools: SessionTools) {
        this.#peer = peer
        this.#tools = tools
    }

    receive(text: string): Incoming | undefined | Promise<Incoming | undefined> {
        const frame = this.#read(text)
        if (frame.type === 'ping') return void this.#peer.send(PONG)
        if (frame.type === 'device') return this.#register(frame)
        if (this.#deviceId === undefined) throw this.#sendAway('the first message must be of the type device')
        return frame.type === 'answer' ? this.#answer(frame) : { payload: frame }
    }

    encode(payload: unknown): string {
        if (!isDict(payload) || (typeof payload.code === 'number' && payload.command === undefined))
            return JSON.stringify(isDict(payload) ? payload : { code: 200, content: payload })
        const { id, notAfter, gatewayId, componentId, command, params = [] } = payload
        const deviceId = this.#peer.id
        const accountId = this.#peer.identity.account
        const content = { accountId, deviceId, gatewayId: isMissing(gatewayId) ? deviceId : gatewayId, componentId, command, params }
        const actuation = { code: ACTUATION, content: { type: 'command', transport: 'ws', content } }
        return JSON.stringify(this.answersCommands ? { ...actuation, id, notAfter } : actuation)
    }

    reply(_ref: unknown, statusCode: number, payload: unknown): string {
        return frameOf(statusCode, payload)
    }

    expiring(at: number): string {
        return frameOf(EXPIRING, `Device token expires at ${new Date(at).toISOString()}`)
    }

    #read(text: string): Record<string, unknown> {
        let frame: unknown
        try {
            frame = JSON.parse(text)
        } catch (error) {
            throw this.#sendAway(messageOf(error))
        }
        if (!isDict(frame)) throw this.#sendAway('not an object')
        const fault = faultOf(frame)
        if (fault !== undefined) throw this.#sendAway(fault)
        return frame
    }

    /** Closes for a frame of the wrong format, which is answered by that. @returns what to throw */
    #sendAway(reason: string): Unreadable {
        this.#tools.close(1007, 'wrong message format')
        return new Unreadable(reason)
    }

    #close(frame: string, code: number, reason: string): undefined {
        this.#peer.send(frame)
        this.#tools.close(code, reason)
    }

    #register({ deviceId, deviceToken, answers }: Record<string, unknown>): Incoming | undefined | Promise<Incoming | undefined> {
        if (typeof deviceId !== 'string' || deviceId === '') throw this.#sendAway('deviceId must be text')
        const found = this.#fault(deviceId, deviceToken)
        const goOn = (fault: Fault | undefined) => this.#checked(deviceId, answers, fault)
        return found instanceof Promise ? found.then(goOn) : goOn(found)
    }

    #checked(deviceId: string, answers: unknown, fault: Fault | undefined): Incoming | undefined {
        if (fault === 'unknown') return this.#close(INTERNAL_ERROR, 1011, 'the token cannot be checked now')
        if (fault === 'wrong') return this.#close(INVALID_TOKEN, 1008, 'invalid device token')
        this.#deviceId = deviceId
        // A device that shows a new token need not say again that it answers.
        if (typeof answers === 'boolean') this.answersCommands = answers
        return { id: deviceId, greeting: SUBSCRIBED }
    }

    /** What is wrong with a token, if anything. */
    #fault(deviceId: string, token: unknown): Fault | undefined | Promise<Fault | undefined> {
        if (typeof token !== 'string' || (this.#deviceId !== undefined && deviceId !== this.#deviceId)) return 'wrong'
        // An endpoint that asks for no JSON Web Token believes what devices say.
        const faultIn = ({ id, account, claims }: Identity) =>
            claims === undefined || (id === deviceId && account !== undefined) ? undefined : 'wrong'
        try {
            const identity = this.#tools.verify(token)
            return identity instanceof Promise ? identity.then(faultIn).catch(refused) : faultIn(identity)
        } catch (error) {
            return refused(error)
        }
    }

    #answer({ id, status, value, reason, ...rest }: Record<string, unknown>): Incoming {
        if (typeof id !== 'string' || !statuses.includes(status)) throw this.#sendAway('an answer needs the id of a command and a status')
        const answer: CommandAnswer = { id, status: status as CommandAnswer['status'] }
        if (value !== undefined) answer.value = value
        if (typeof reason === 'string') answer.reason = reason
        return { payload: { ...rest, ...answer }, commandAnswer: answer }
    }
}

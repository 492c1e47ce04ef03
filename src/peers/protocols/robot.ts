import { identifier, isMissing, messageOf } from '../../lib/index.ts'
import { type Incoming, type Protocol, type Session, Unreadable } from '../session.ts'
import { readJson } from './json.ts'
import { isDict } from './smart-os.ts'

/** Milliseconds. */
const FIRST_FRAME_WITHIN = 10_000
const NOTIFICATION = 'notification'

const errorFrame = (message: string): string => JSON.stringify({ event: 'error', value: message })

/**
 * What a robot of the job server speaks (seed `SocketServer MicroService`): its first frame is its metadata, `{robotName, robotAddress,
 * userID}`; it gets packages as `{event: "notification", value}` and says what came of them as `{event: "client robot message", value}`.
 * Frames that are nothing of the kind are answered with `{event: "error", value}`.
 *
 * Beyond the seed: a robot that adds `answers: true` to its metadata gets packages with `jobId`, `attempt` and `fence` beside the value and
 * repeats `jobId` and `fence` in its messages, with a `state` and perhaps a `progress` beside the value. `{event: "cancel", jobId, fence}`
 * asks it to stop. The metadata of one that comes back may have `running`, a list of `{jobId, fence, progress}`. It may send metadata again.
 */
export const robot: Protocol = { tellsId: true, idWithin: FIRST_FRAME_WITHIN, open: () => new RobotSession() }

class RobotSession implements Session {
    about: Readonly<Record<string, unknown>> | undefined

    receive(text: string): Incoming {
        const { payload: frame, ...odd } = readJson(text, errorFrame)
        if (!isDict(frame)) throw unreadable('a frame is an object')
        if (frame.robotAddress !== undefined && frame.event === undefined) return this.#introduce(frame)
        if (!this.about) throw unreadable('the first frame is the metadata: {robotName, robotAddress, userID}')
        if (typeof frame.event !== 'string') throw unreadable('event must be text')
        return { payload: frame, ...odd }
    }

    encode(payload: unknown): string {
        return JSON.stringify(isDict(payload) && typeof payload.event === 'string' ? payload : { event: NOTIFICATION, value: payload })
    }

    reply(ref: unknown, statusCode: number, payload: unknown): string {
        if (statusCode >= 400) return errorFrame(String(Object(payload).message))
        const attempt = this.about?.answers === true && isDict(ref) ? ref : {}
        return JSON.stringify({ event: NOTIFICATION, value: payload, ...attempt })
    }

    #introduce(metadata: Record<string, unknown>): Incoming {
        const id = addressIn(metadata)
        const { robotName } = metadata
        if (!isMissing(robotName) && typeof robotName !== 'string') throw unreadable('robotName must be text')
        if (this.about && this.about.robotAddress !== id) throw unreadable('another robotAddress needs another connection')
        this.about = metadata
        return { id, payload: { event: 'metadata', value: metadata } }
    }
}

function addressIn({ robotAddress }: Record<string, unknown>): string {
    try {
        return identifier('robotAddress', robotAddress)
    } catch (error) {
        throw unreadable(messageOf(error))
    }
}

const unreadable = (reason: string): Unreadable => new Unreadable(reason, errorFrame(reason))

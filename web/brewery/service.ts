import { type Query, Rest } from '../shared/rest.ts'
import type { Range } from '../shared/time-window.ts'
import type { Point } from '../shared/trend.ts'
import type { Alarm, Transition } from './alarm.ts'
import { Collection } from './collection.ts'
import type { ProfileDocument, Step } from './profile.ts'
import { t } from './texts.ts'

/** How a profile that is played stands. Times are ISO 8601. */
export interface Played {
    profile: string
    version: number
    status: 'running' | 'paused' | 'asking' | 'ended'
    /** The index of the step that it is at, of so many. */
    step: number
    steps: number
    type?: Step['type']
    setPoint: number | null
    measured: number | null
    started: string
    /** From 0 to 1. */
    progress: number
    /** Seconds. */
    timeLeft: number
    /** Whether the time left cannot be known. */
    isEstimate: boolean
    next: { at: string; value: number } | null
    queued: string | null
    /** What somebody has to confirm. */
    confirm?: string
    late?: boolean
}

export type Curve = { at: string; value: number | null }[]

/** What is played, with its steps and the set-points to come. */
export interface PlayedWhole extends Played {
    list: Step[]
    curve: Curve
}

export interface Preview {
    changes: { index: number; before?: Step; after?: Step }[]
    before: Played & { curve: Curve }
    after: Played & { curve: Curve }
}

export interface Pin {
    name: string
    direction: 'input' | 'output' | 'in' | 'out'
    address: string | number
    unit?: string
}

/** A controller with its physical inputs and outputs. */
export interface IoDocument {
    controller: string
    kind: string
    pins: Pin[]
}

export interface SettingDocument {
    /** Any JSON. */
    value: unknown
}

/** What can be done with what is played. */
export type Control = 'pause' | 'resume' | 'continue' | 'skip' | 'back' | 'confirm' | 'stop'

export interface AlarmRequest {
    by?: string
    comment?: string
    /** Minutes. */
    duration?: number | string
}

/** What somebody says who and why of. */
export type AskedOperation = 'ack' | 'shelve' | 'suppress' | 'remove-from-service'
export type AlarmOperation = AskedOperation | 'reset' | 'unshelve' | 'unsuppress' | 'return-to-service'

/** Alarms that the page shows. */
const MOST_ALARMS = 1000

/** The REST service of the brewery. */
export class Service extends Rest {
    readonly settings: Collection<SettingDocument>
    readonly io: Collection<IoDocument>
    readonly profiles: Collection<ProfileDocument>

    /** @param root below which its paths are */
    constructor(root: string) {
        super(root, (endpoint) => t('odd', { endpoint }))
        // Node-RED's editor itself answers GET /settings where it is at the root.
        this.settings = new Collection(root, 'settings', 'collections/settings')
        this.io = new Collection(root, 'io')
        this.profiles = new Collection(root, 'profiles')
    }

    alarms = async (): Promise<Alarm[]> => (await this.get<{ alarms: Alarm[] }>('alarms', { limit: MOST_ALARMS }, 'alarms')).alarms

    /** What happened to an alarm, or to all of them; the latest first. */
    async transitions(query: Query): Promise<Transition[]> {
        return (await this.get<{ transitions: Transition[] }>('transitions', query, 'transitions')).transitions
    }

    operate = (operation: AlarmOperation, id: string, request: AlarmRequest) =>
        this.ask('POST', `alarms/${encodeURIComponent(id)}/${operation}`, {}, request)

    played = async (): Promise<PlayedWhole> => Object(await this.ask('GET', 'fermentation')) as PlayedWhole

    control = (control: Control, by: string) => this.ask('POST', `fermentation/${control}`, {}, who(by))
    give = (what: 'start' | 'queue' | 'edit', profile: ProfileDocument, by: string) =>
        this.ask('POST', `fermentation/${what}`, {}, { profile, ...who(by) })
    preview = async (profile: ProfileDocument): Promise<Preview> =>
        Object(await this.ask('POST', 'fermentation/preview', {}, { profile })) as Preview

    /** The profile that is played as it was begun or edited last. */
    async latest(): Promise<ProfileDocument | undefined> {
        const query = { limit: 1 }
        return (await this.get<{ versions: { profile: ProfileDocument }[] }>('fermentation/versions', query, 'versions')).versions[0]
            ?.profile
    }

    thermostat = (setting: { mode?: string; setPoint?: number | null }) => this.ask('PUT', 'fermentation/thermostat', {}, setting)

    /** The values of a time that are kept, oldest first. @param from milliseconds since 1970 */
    async trend(property: string, { from, to }: Range): Promise<Point[]> {
        const query = { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
        type Answer = { points: { at: string | number; value: unknown }[] }
        const { points } = await this.get<Answer>(`fermentation/trend/${property}`, query, 'points')
        return points.map(({ at, value }) => ({ at: new Date(at).getTime(), value: typeof value === 'number' ? value : null }))
    }

    publish = (channel: string, data: object, key?: string) => this.ask('POST', `channels/${channel}`, { key }, data)
}

const who = (by: string) => (by ? { by } : {})

import { Refused } from '../shared/rest.ts'
import { isUnacknowledged } from './alarm.ts'
import type { BreweryModel } from './brewery-model.ts'
import type { Collection } from './collection.ts'
import { severities } from './log.ts'
import { newProfile } from './profile-editor.ts'
import { t } from './texts.ts'

/** One thing that a simulation did. */
export interface Outcome {
    what: string
    isRight: boolean
    /** What was answered, in short. */
    answer: string
}

export const simulations = [
    'generateAlarm',
    'ackAlarms',
    'clearAlarms',
    'simData',
    'simLogs',
    'simProfiles',
    'simIo',
    'simSettings',
] as const
export type Simulation = (typeof simulations)[number]

/** The key of whatever simulations make. */
const KEY = 'simulation'
/** What may go wrong in a brewery. */
const mishaps = [
    { id: `${KEY}.pilot-light`, text: 'pilot light out', priority: 'critical' },
    { id: `${KEY}.high-level`, text: 'high liquid level', priority: 'high' },
    { id: `${KEY}.not-reached`, text: 'set-point not reached in time', priority: 'medium' },
    { id: `${KEY}.lid-open`, text: 'lid open', priority: 'low' },
] as const

/** Does one thing and says how it went. @param expected the HTTP status that it is to be refused with; 0 for done */
async function attemptOne(what: string, run: () => Promise<unknown>, expected = 0): Promise<Outcome> {
    try {
        const answer = await run()
        return { what, isRight: expected === 0, answer: answer === undefined ? t('ok') : JSON.stringify(answer).slice(0, 200) }
    } catch (error) {
        if (!(error instanceof Refused)) throw error
        return { what, isRight: error.status === expected, answer: `${error.status || ''} ${error.message}`.trim() }
    }
}

/** Adds, reads, replaces and deletes a document, tries to lose an update, and to keep a wrong document. */
async function* tryCollection<Value>(collection: Collection<Value>, one: Value, other: Value, wrong: unknown): AsyncGenerator<Outcome> {
    const path = `/${collection.name}/${KEY}`
    const present = await collection.one(KEY).catch(() => undefined)
    if (present) await collection.remove(present).catch(() => undefined)
    let version = 0
    const put = (value: Value, match: number) => async () => {
        const record = await collection.put(KEY, value, match)
        version = record.version
        return record.value
    }
    yield await attemptOne(`PUT ${path}, If-None-Match: *`, put(one, 0))
    const first = version
    yield await attemptOne(`GET ${path}`, async () => (await collection.one(KEY)).value)
    yield await attemptOne(`PUT ${path}, If-Match: "${first}"`, put(other, first))
    yield await attemptOne(`PUT ${path}, If-Match: "${first}" (${t('outdated')})`, put(one, first), 412)
    yield await attemptOne(`PUT ${path} (${t('wrongOne')})`, () => collection.put(KEY, wrong as Value, version), 422)
    yield await attemptOne(`GET /${collection.name}`, async () => (await collection.list()).map(({ key }) => key))
    yield await attemptOne(`DELETE ${path}`, () => collection.remove({ key: KEY, version, value: other }))
    yield await attemptOne(`GET ${path}`, () => collection.one(KEY), 404)
}

/** Does what a simulation is for; gives each thing that it did. @param by who looks at the page */
export async function* simulate(which: Simulation, model: BreweryModel, by: string): AsyncGenerator<Outcome> {
    const { service } = model
    switch (which) {
        case 'generateAlarm': {
            const next = mishaps.find(({ id }) => !model.alarms.get(id)?.active) ?? mishaps[0]
            yield await attemptOne(`POST /channels/alarms ${next.text}`, () => service.publish('alarms', next))
            return
        }
        case 'ackAlarms': {
            const found = [...model.alarms.values()].filter(isUnacknowledged)
            if (found.length === 0) yield { what: t('ackAlarms'), isRight: true, answer: t('nothingToAck') }
            for (const { id } of found)
                yield await attemptOne(`publish alarms ${id}`, () =>
                    model.publish('alarms', { id, state: 'acknowledged', ...(by && { by }) }),
                )
            return
        }
        case 'clearAlarms':
            for (const { id } of mishaps.filter(({ id }) => model.alarms.has(id)))
                yield await attemptOne(`POST /channels/alarms ${id}`, () => service.publish('alarms', { id, state: 'cleared' }))
            return
        case 'simData': {
            const before = (model.values.get(KEY)?.data as { value?: number })?.value ?? 20
            const value = Math.round((before + Math.random() - 0.5) * 100) / 100
            yield await attemptOne(`publish data ${KEY} ${value}`, () => model.publish('data', { value }, KEY))
            return
        }
        case 'simLogs':
            for (const severity of severities)
                yield await attemptOne(`POST /channels/logs ${severity}`, () =>
                    service.publish('logs', { severity, source: KEY, text: `a ${severity} from the debugger` }),
                )
            return
        default:
            yield* simulateDocuments(which, model)
    }
}

async function* simulateDocuments(which: Simulation, { service, now }: BreweryModel): AsyncGenerator<Outcome> {
    if (which === 'simProfiles') {
        const profile = { ...newProfile('date', now), name: KEY }
        const points = [...profile.points!].reverse()
        yield* tryCollection(service.profiles, profile, { ...profile, mode: 'step' }, { ...profile, points })
    } else if (which === 'simIo') {
        const pins = [
            { name: 'temperature', direction: 'input' as const, address: 'A0' },
            { name: 'heater', direction: 'output' as const, address: 'D3' },
        ]
        const io = { controller: 'spark-1', kind: 'spark-core', pins }
        yield* tryCollection(service.io, io, { ...io, kind: 'arduino' }, { ...io, pins: [pins[0], pins[0]] })
    } else yield* tryCollection(service.settings, { value: '°C' }, { value: '°F' }, { value: '°C', more: true })
}

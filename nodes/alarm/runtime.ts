import { randomUUID } from 'node:crypto'
import type { NodeMessage } from 'node-red'
import {
    type Actor,
    type Alarm,
    alarmsOf,
    type Behaviour,
    type Limits,
    type Published,
    priorities,
    transitionView,
    viewOf,
    Watcher,
} from '../../src/alarms/index.ts'
import { channelsOf } from '../../src/channels/index.ts'
import {
    badInput,
    finite,
    identifier,
    milliseconds,
    nonNegative,
    optional,
    Refusal,
    systemClock,
    wholeNumber,
    word,
} from '../../src/lib/index.ts'
import {
    answer,
    configNode,
    defineNode,
    durations,
    type Handlers,
    input,
    liveStatus,
    nameOf,
    type Setup,
    status,
} from '../../src/node-red/index.ts'
import { tasksOn } from '../../src/tasks/index.ts'
import { behindStore, type StoreNode } from '../store-config/client.ts'
import { AlarmConfig } from './schema.ts'

type Context = Setup<typeof AlarmConfig, never>
type Alarms = ReturnType<typeof alarmsOf>

const operations = AlarmConfig.entries.operation.pipe[2].options
const reading = ['get', 'list', 'history']
const byPeople = ['acknowledge', 'reset', 'unshelve', 'suppress', 'unsuppress', 'remove-from-service', 'return-to-service'] as const
/** Alarms of a list: unless told otherwise, and at the most. */
const [USUAL, MOST] = [100, 1000]
const LONGEST = 365 * durations.d

const setup = (context: Context): Handlers => {
    const { RED, node, config, closed } = context
    const { store, bus } = configNode<StoreNode>(RED, config.store)
    const parts = { clock: systemClock, newId: randomUUID, log: (text: string) => RED.log.warn(text) }
    const alarms = alarmsOf(store, { ...parts, group: config.group, bus })
    alarms.attach(closed)
    const standing = async () => (await alarms.list({ all: false, limit: MOST })).map(viewOf)
    channelsOf(store, { ...parts, bus }).provide(channelFor(config.group), standing, closed)
    const tell = ({ transition, isFlood }: Published) => {
        const { id, trigger } = transition
        node.send([null, null, { topic: id, event: trigger, payload: transitionView(transition, isFlood) }] as never)
    }
    alarms.onTransition(tell, closed)
    const look = () => show(context, alarms)
    liveStatus(node, closed, behindStore(store, { look, onChange: (changed, signal) => alarms.onCounts(changed, signal) }))
    const isWatching = config.operation === 'watch' || config.operation === 'action'
    const watcher = isWatching ? watcherOf(context, alarms, tasksOn(store, parts)) : undefined
    const doing = doers(context, alarms, watcher)
    return {
        changesState: !reading.includes(config.operation),
        async input(msg, send) {
            const { operation } = config
            const wanted =
                operation === 'action'
                    ? word(nameOf(config, 'action'), await input(RED, node, config, 'action', msg), operations)
                    : operation
            if (wanted === 'action') throw badInput(nameOf(config, 'action'), 'must be the name of an operation')
            send(answer(msg, await doing[wanted]!(msg)))
        },
        async close() {
            await Promise.all([alarms.settled(), watcher?.settled()])
        },
    }
}

/** The channel whose subscribers are told first which alarms of a group stand. */
const channelFor = (group: string): string => (group === 'alarms' ? group : `alarms/${group}`)

function watcherOf(context: Context, alarms: Alarms, tasks: ReturnType<typeof tasksOn>): Watcher {
    const { node, config, closed: signal } = context
    const [reachWithin, silence] = [config.reachWithin * 1000, config.silence * 1000]
    const log = (text: string) => node.warn(text)
    return new Watcher({
        node: node.id,
        alarms,
        tasks,
        clock: systemClock,
        behaviour: behaviourOf(context),
        reachWithin,
        silence,
        log,
        signal,
    })
}

const behaviourOf = ({ config: { latch, onDelay, offDelay, repeat } }: Context): Behaviour => ({
    latch,
    onDelay: onDelay * 1000,
    offDelay: offDelay * 1000,
    repeat: repeat * 1000,
})

function show({ RED }: Context, { counts: { standing, unacknowledged } }: Alarms) {
    if (standing === 0) return status.idle('status.none')
    const text = RED._('status.standing', { count: standing, unacknowledged })
    return unacknowledged > 0 ? status.halted(text) : status.waiting(text)
}

/** What a node reads from messages. */
function readers({ RED, node, config }: Context) {
    const get = (key: string, msg: NodeMessage) => input(RED, node, config, key, msg)
    const read = async <T>(key: string, msg: NodeMessage, as: (name: string, given: unknown) => T) =>
        optional(await get(key, msg), (given) => as(nameOf(config, key), given))
    return {
        read,
        id: async (msg: NodeMessage) => identifier(nameOf(config, 'alarm'), await get('alarm', msg)),
        priority: (msg: NodeMessage) => read('priority', msg, (name, given) => word(name, given, priorities)),
        limit: async (msg: NodeMessage) => (await read('limit', msg, (name, given) => wholeNumber(name, given, 1, MOST))) ?? USUAL,
        async actor(msg: NodeMessage): Promise<Actor> {
            return { by: (await read('by', msg, identifier)) ?? '', comment: (await read('comment', msg, comment)) ?? '' }
        },
        shelf: async (msg: NodeMessage) =>
            milliseconds(nameOf(config, 'duration'), await get('duration', msg), durations[config.unit], LONGEST),
        async limits(msg: NodeMessage): Promise<Limits> {
            const [highHigh, high, low, lowLow, rate, tolerance] = await Promise.all([
                ...(['highHigh', 'high', 'low', 'lowLow'] as const).map((key) => read(key, msg, finite)),
                ...(['rate', 'tolerance'] as const).map((key) => read(key, msg, nonNegative)),
            ])
            return { highHigh, high, low, lowLow, rate, tolerance, deadband: config.deadband }
        },
    }
}

const LONGEST_TEXT = 1000

function comment(field: string, given: unknown): string {
    if (typeof given !== 'string' || given.length > LONGEST_TEXT)
        throw badInput(field, `must be text of at most ${LONGEST_TEXT} characters`)
    return given
}

/** What each operation does with a message, and what it answers. */
function doers(context: Context, alarms: Alarms, watcher: Watcher | undefined): Record<string, (msg: NodeMessage) => Promise<object>> {
    const { read, id, priority, limit, actor, shelf, limits } = readers(context)
    const behaviour = behaviourOf(context)
    const said = (alarm: Alarm) => ({ alarm: viewOf(alarm) })
    const report = async (msg: NodeMessage, isActive: boolean) => {
        const about = { id: await id(msg), value: (await read('value', msg, finite)) ?? null }
        const text = (await read('text', msg, comment)) ?? about.id
        return said(
            await alarms.report({ ...about, text, priority: (await priority(msg)) ?? 'medium', isActive, behaviour }, await actor(msg)),
        )
    }
    return {
        async watch(msg: NodeMessage) {
            const name = await id(msg)
            const [value, setPoint] = await Promise.all([read('value', msg, finite), setPointOf(context, msg)])
            if (value === undefined && setPoint === undefined) throw missing(context)
            return { id: name, value, broken: await watcher!.take(name, { value, setPoint }, await limits(msg), await priority(msg)) }
        },
        raise: (msg: NodeMessage) => report(msg, true),
        clear: (msg: NodeMessage) => report(msg, false),
        shelve: async (msg: NodeMessage) => {
            const until = systemClock.now() + (await shelf(msg))
            return said(await alarms.shelve(await id(msg), until, await actor(msg)))
        },
        ...Object.fromEntries(
            byPeople.map((operation) => [
                operation,
                async (msg: NodeMessage) => said(await alarms.operate(await id(msg), operation, await actor(msg))),
            ]),
        ),
        async get(msg: NodeMessage) {
            const wanted = await id(msg)
            const alarm = await alarms.get(wanted)
            if (!alarm) throw new Refusal(404, 'UNKNOWN_ALARM', `there is no alarm ${wanted} in this group`)
            return said(alarm)
        },
        async list(msg: NodeMessage) {
            return { alarms: (await alarms.list({ all: context.config.all, limit: await limit(msg) })).map(viewOf) }
        },
        async history(msg: NodeMessage) {
            const before = await read('before', msg, nonNegative)
            const wanted = { id: await read('alarm', msg, identifier), before, limit: await limit(msg) }
            return { transitions: (await alarms.transitions(wanted)).map((one) => transitionView(one)) }
        },
    }
}

/** Null for no set-point any more, undefined if nothing was said of it. */
async function setPointOf({ RED, node, config }: Context, msg: NodeMessage): Promise<number | null | undefined> {
    const given = await input(RED, node, config, 'setPoint', msg)
    return given === null ? null : optional(given, (value) => finite(nameOf(config, 'setPoint'), value))
}

const missing = ({ config }: Context) => badInput(nameOf(config, 'value'), 'is required')

export default defineNode('alarm', AlarmConfig, setup)

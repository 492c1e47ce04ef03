import { randomUUID } from 'node:crypto'
import type { NodeMessage, NodeStatus } from 'node-red'
import { badInput, finite, identifier, isMissing, optional, systemClock, wholeNumber, word } from '../../src/lib/index.ts'
import {
    answer,
    configNode,
    defineNode,
    flowsStarted,
    type Handlers,
    input,
    liveStatus,
    nameOf,
    type Setup,
    status,
} from '../../src/node-red/index.ts'
import { type Control, type News, playerOf, readProfile, stepView } from '../../src/process/index.ts'
import { behindStore, type StoreNode } from '../store-config/client.ts'
import { ProfileConfig } from './schema.ts'

type Context = Setup<typeof ProfileConfig, never>
type Player = ReturnType<typeof playerOf>

const operations = ProfileConfig.entries.operation.pipe[2].options
const reading = ['preview', 'check', 'get', 'versions']
const controls = ['pause', 'resume', 'continue', 'skip', 'back', 'confirm', 'stop'] as const satisfies Control[]
/** Versions in one answer: unless told otherwise, and at the most. */
const [USUAL, MOST] = [20, 1000]

const setup = (context: Context): Handlers => {
    const { RED, node, config, closed } = context
    const { store, bus } = configNode<StoreNode>(RED, config.store)
    const log = (text: string) => RED.log.warn(text)
    const { vessel: name } = config
    const player = playerOf(store, { name, bus, clock: systemClock, newId: randomUUID, log })
    const tell = (what: News['what'], view: News['view']) =>
        node.send([null, null, { topic: name, event: what, payload: { id: name, ...view } }] as never)
    player.onNews(({ what, view }) => tell(what, view), closed)
    player.attach(closed)
    // Whoever needs the set-point has it after a deploy, too.
    void flowsStarted(RED, closed).then(() => player.isInCharge && !closed.aborted && tell('set-point', player.view!))
    const onChange = (changed: () => void, signal: AbortSignal) => player.onNews(changed, signal)
    liveStatus(node, closed, behindStore(store, { look: () => show(context, player), onChange }))
    const doing = doers(context, player)
    return {
        changesState: !reading.includes(config.operation),
        async input(msg, send) {
            send(answer(msg, await doing[await operationOf(context, msg)]!(msg)))
        },
        close: () => player.settled(),
    }
}

/** A message with a value and no action is one of a sensor. */
async function operationOf({ RED, node, config }: Context, msg: NodeMessage): Promise<(typeof operations)[number]> {
    if (config.operation !== 'action') return config.operation
    const given = await input(RED, node, config, 'action', msg)
    if (isMissing(given) && !isMissing(await input(RED, node, config, 'value', msg))) return 'measured'
    const wanted = word(nameOf(config, 'action'), given, operations)
    if (wanted === 'action') throw badInput(nameOf(config, 'action'), 'must be the name of an operation')
    return wanted
}

/** What each operation does with a message, and what it answers. */
function doers({ RED, node, config }: Context, player: Player): Record<string, (msg: NodeMessage) => Promise<object>> {
    const get = (key: string, msg: NodeMessage) => input(RED, node, config, key, msg)
    const read = async <T>(key: string, msg: NodeMessage, as: (name: string, given: unknown) => T) =>
        optional(await get(key, msg), (given) => as(nameOf(config, key), given))
    const profile = async (msg: NodeMessage) =>
        readProfile(nameOf(config, 'profile'), await get('profile', msg), { min: config.least, max: config.most })
    const by = async (msg: NodeMessage) => (await read('by', msg, identifier)) ?? ''
    const { vessel: id, resolution, outage } = config
    const done = async (change: Promise<unknown>) => {
        await change
        return { id, ...player.view }
    }
    return {
        start: async (msg) =>
            done(player.start(await profile(msg), { resolution, outage, outageAfter: config.outageAfter * 1000 }, await by(msg))),
        queue: async (msg) => done(player.queue(await profile(msg))),
        edit: async (msg) => done(player.edit(await profile(msg), await by(msg))),
        preview: async (msg) => player.preview(await profile(msg)),
        async check(msg) {
            await profile(msg)
            return (await get('profile', msg)) as object
        },
        measured: async (msg) => done(player.measured(finite(nameOf(config, 'value'), await get('value', msg)))),
        get: async () => ({ id, ...(await player.get()) }),
        async versions(msg) {
            const limit = (await read('limit', msg, (name, given) => wholeNumber(name, given, 1, MOST))) ?? USUAL
            const versions = await player.versions(limit)
            const view = ({ version, at, by: who, profile: { name, end, steps } }: (typeof versions)[number]) => ({
                ...{ version, at: new Date(at).toISOString(), by: who },
                profile: { name, end, steps: steps.map(stepView) },
            })
            return { versions: versions.map(view) }
        },
        ...Object.fromEntries(controls.map((control) => [control, () => done(player.control(control))])),
    }
}

function show({ RED }: Context, { view }: Player): NodeStatus {
    if (!view) return status.idle('status.none')
    const setPoint = view.setPoint ?? '–'
    if (view.status === 'ended') return status.idle(RED._('status.ended', { setPoint }))
    if (view.status !== 'running') return status.waiting(RED._(`status.${view.status}`, { setPoint }))
    if (view.confirm !== undefined) return status.waiting(RED._('status.confirm', { setPoint, text: view.confirm }))
    const progress = Math.round(view.progress * 100)
    if (!view.next) return status.running(RED._('status.running', { setPoint, progress }))
    const at = view.next.at.slice(5, 16).replace('T', ' ')
    return status.running(RED._('status.next', { setPoint, progress, next: view.next.value, at }))
}

export default defineNode('profile', ProfileConfig, setup)

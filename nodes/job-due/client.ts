import type { NodeAPI, NodeStatus } from 'node-red'
import type { Bus } from '../../src/bus/index.ts'
import { type Jobs, OPEN } from '../../src/jobs/index.ts'
import { systemClock } from '../../src/lib/index.ts'
import { type StatusSource, status } from '../../src/node-red/index.ts'
import type { Store } from '../../src/stores.ts'
import { behindStore } from '../store-config/client.ts'

/** Milliseconds between two times that jobs are counted. */
const PACE = 1000

/** How many there are by status, and when the next one is due. */
interface Known {
    counts: Awaited<ReturnType<Jobs['counts']>>
    next: number | undefined
}

const sources = new WeakMap<Jobs, StatusSource>()

/** What nodes show of jobs: how many wait or are under way, and when the next one is due. */
export function statusOf(RED: NodeAPI, { store, bus, jobs }: { store: Store; bus: Bus; jobs: Jobs }): StatusSource {
    const source = sources.get(jobs) ?? behindStore(store, counted(RED, bus, jobs))
    sources.set(jobs, source)
    return source
}

function counted(RED: NodeAPI, bus: Bus, jobs: Jobs): StatusSource {
    let known: Known | undefined
    return {
        look: () => known && show(RED, known),
        onChange(changed, signal) {
            let cancel: (() => void) | undefined
            const count = async () => {
                // The store says itself why it is away.
                known = await knownOf(jobs).catch(() => known)
                changed()
            }
            const later = () => {
                cancel ??= systemClock.after(PACE, () => {
                    cancel = undefined
                    void count()
                })
            }
            signal.addEventListener('abort', () => cancel?.(), { once: true })
            bus.subscribe(jobs.topic, later, signal)
            void count()
        },
    }
}

async function knownOf(jobs: Jobs): Promise<Known> {
    const [counts, { jobs: nearest }] = await Promise.all([jobs.counts(OPEN), jobs.list({ status: 'scheduled', limit: 1 })])
    return { counts, next: nearest[0]?.dueAt }
}

function show(RED: NodeAPI, { counts, next }: Known): NodeStatus {
    const { scheduled = 0, due = 0, sent = 0, running = 0 } = counts
    const [waiting, underWay] = [scheduled + due, sent + running]
    if (waiting + underWay === 0) return status.idle('common.status.noJobs')
    const at = next === undefined ? '' : localTime(next)
    const shade = underWay > 0 ? status.running : status.waiting
    return shade(RED._(at === '' ? 'common.status.jobs' : 'common.status.jobsNext', { waiting, underWay, at }))
}

/** A time as a clock on the wall of this machine has it, with its day unless that is today. */
function localTime(at: number): string {
    // This locale writes dates as ISO 8601 does.
    const text = new Date(at).toLocaleString('sv')
    const today = new Date(systemClock.now()).toLocaleDateString('sv')
    return text.startsWith(today) ? text.slice(today.length + 1) : text.slice(0, -3)
}

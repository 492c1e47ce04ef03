/**
 * What is due later, kept so that it outlives the process: one way for all of it.
 *
 * A task has a *kind* (`wait`, `callback`) and, where each node works for itself, a *queue* (the node's id). It has a payload, which is
 * text, and an *owner*: the node it is done for.
 *
 * | state | in the table | how it goes on |
 * |---|---|---|
 * | waiting | `due_at` is to come | becomes due |
 * | due | `due_at` is over | is claimed by a worker |
 * | parked | `due_at` is {@link PARKED} | is taken by its key, or made due by `change` |
 * | claimed | `holder`, `lease_until` | `run` returns: it ends; returns a {@link Retry}: waiting or parked; throws: waiting, with backoff. The process ends: due |
 * | expired | `expires_at` is over, and nobody works on it | it ends, with `expires`, and `ended` is told |
 * | swept | its owner was deleted | those who listen with `tasks.onSwept` are told: it ends. A task whose owner is '' is never swept |
 * | ended | no row | |
 *
 * To make a kind:
 * 1. `const tasks = tasksOn(store, {clock, newId, log})`: what all workers on a store have in common.
 * 2. `const worker = new Worker(tasks, {kind: 'alarm', queue: node.id, run, log}, closed)`. It works until the signal aborts; the tasks stay.
 * 3. `await worker.add({owner: node.id, dueAt, payload})` keeps a task and resolves when that is committed; `change` moves it or gives it
 *    another payload, `complete` takes it back.
 * 4. `run(task, signal)` does it. It is done at least once: again after a kill in the middle of it, but never twice in one process.
 *
 * For somebody who may be away: `dueAt: Infinity` parks, `key` is whom it is for. When they are there, `take(key, limit)` gives theirs in
 * order; `complete` or `park` them. `expiresAt` with `expires` is when to give up. For a limit per host or device: `key` with `share`.
 * `parent` names the task that waits for the end of this one (a callback): `childless` finds those that nothing is done for any more.
 * `tasks.total(kind, owner)` is how many there are, for a limit or a status; it costs nothing.
 */
export { type TaskRow, tasksFromTable } from './from-table.ts'
export type { Share } from './keys.ts'
export { PARKED, type Task, type TaskEntry, type TaskRepository } from './repository.ts'
export { taskStore } from './store.ts'
export { type SweepOptions, sweepTasks } from './sweep.ts'
export { TaskTime } from './task-time.ts'
export { isAway, type SweptListener, Tasks } from './tasks.ts'
export { Wakeup } from './wakeup.ts'
export { type HeldTask, Worker } from './worker.ts'
export type { Addition, Retry, WorkerOptions } from './worker-options.ts'

import type { TaskRepository } from './repository.ts'
import { Tasks, type TasksParts } from './tasks.ts'

/** The part of a store that is needed. */
export interface StoreWithTasks {
    readonly tasks: TaskRepository
    ready: TasksParts['ready']
    once<T>(key: string, make: () => T): T
}

/** What all workers on a store have in common. The parts are those of whoever asks first. */
export const tasksOn = (store: StoreWithTasks, parts: Pick<TasksParts, 'clock' | 'newId' | 'log' | 'ended'>): Tasks =>
    store.once('tasks', () => new Tasks({ ...parts, repository: store.tasks, ready: (signal) => store.ready(signal) }))

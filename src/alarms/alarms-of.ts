import { type StoreWithTasks, tasksOn } from '../tasks/index.ts'
import { Alarms, type AlarmsOptions } from './alarms.ts'
import type { AlarmRepository } from './repository.ts'

/** The part of a store that is needed. */
export type StoreWithAlarms = StoreWithTasks & { readonly alarms: AlarmRepository }

/** The alarms of a group in a store, whoever asks for them. */
export function alarmsOf(store: StoreWithAlarms, parts: Omit<AlarmsOptions, 'tasks' | 'repository'>): Alarms {
    const make = () => new Alarms({ ...parts, tasks: tasksOn(store, parts), repository: store.alarms })
    return store.once(`alarms ${parts.group}`, make)
}

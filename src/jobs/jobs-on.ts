import type { OpenStore } from '../store/index.ts'
import { type StoreWithTasks, tasksOn } from '../tasks/index.ts'
import { Jobs, type JobsOptions } from './jobs.ts'
import type { JobRepository } from './repository.ts'

/** The part of a store that is needed. */
export type StoreWithJobs = StoreWithTasks & Pick<OpenStore, 'onHealth'> & { readonly jobs: JobRepository }

/** The jobs of a name in a store, the same whoever asks. The parts, and the settings, are those of whoever asks first. */
export const jobsOn = (store: StoreWithJobs, name: string, parts: Omit<JobsOptions, 'name' | 'tasks' | 'repository' | 'onHealth'>): Jobs =>
    store.once(`jobs ${name}`, () => {
        const onHealth: JobsOptions['onHealth'] = (listener, signal) => store.onHealth(listener, signal)
        return new Jobs({ ...parts, onHealth, name, tasks: tasksOn(store, parts), repository: store.jobs })
    })

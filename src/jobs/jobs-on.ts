import { type StoreWithTasks, tasksOn } from '../tasks/index.ts'
import { Jobs, type JobsOptions } from './jobs.ts'
import type { JobRepository } from './repository.ts'

/** The part of a store that is needed. */
export type StoreWithJobs = StoreWithTasks & { readonly jobs: JobRepository }

/** The jobs of a name in a store, the same whoever asks. The parts, and the settings, are those of whoever asks first. */
export const jobsOn = (store: StoreWithJobs, name: string, parts: Omit<JobsOptions, 'name' | 'tasks' | 'repository'>): Jobs =>
    store.once(`jobs ${name}`, () => new Jobs({ ...parts, name, tasks: tasksOn(store, parts), repository: store.jobs }))

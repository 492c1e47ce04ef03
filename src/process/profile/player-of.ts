import { type StoreWithTasks, tasksOn } from '../../tasks/index.ts'
import { type PlayerOptions, ProfilePlayer } from './player.ts'
import type { ProfileRepository } from './store.ts'

/** The part of a store that is needed. */
export type StoreWithProfiles = StoreWithTasks & { readonly profiles: ProfileRepository }

/** Who plays the profiles for a vessel in a store, whoever asks. */
export function playerOf(store: StoreWithProfiles, parts: Omit<PlayerOptions, 'tasks' | 'repository'>): ProfilePlayer {
    const make = () => new ProfilePlayer({ ...parts, tasks: tasksOn(store, parts), repository: store.profiles })
    return store.once(`profile ${parts.name}`, make)
}

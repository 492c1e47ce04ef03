import { type StoreWithTasks, tasksOn } from '../tasks/index.ts'
import { Commands, type CommandsOptions } from './commands.ts'
import type { CommandRepository } from './repository.ts'

/** The part of a store that is needed. */
export type StoreWithCommands = StoreWithTasks & { readonly commands: CommandRepository }

/** The commands of an endpoint in each store. */
export function commandsOf(parts: Omit<CommandsOptions, 'tasks' | 'repository'>): (store: StoreWithCommands) => Commands {
    const made = new WeakMap<StoreWithCommands, Commands>()
    return (store) => {
        const commands = made.get(store) ?? new Commands({ ...parts, tasks: tasksOn(store, parts), repository: store.commands })
        made.set(store, commands)
        return commands
    }
}

import type { Command, DeviceName, Ending } from './command.ts'

/** Milliseconds for which it is known how a command ended. */
export const KEPT = 30 * 86_400_000

/** A command of which it was written down that it may leave now. */
export interface Leaving {
    /** As it was before that. */
    command: Command
    /** Whether it may have left before. */
    wasSent: boolean
}

/** What became of an order. */
export interface Added {
    /** The command that is kept; an earlier one if the idempotency key was used before. */
    command: Command
    isNew: boolean
    /** Commands that this one has taken the place of: they have ended. */
    superseded: Command[]
}

/** Of which commands a list is. */
export interface CommandFilter {
    /** Undefined means those of all. */
    account?: string | undefined
    device?: string | undefined
    /** Whether they have ended; undefined means all. */
    ended?: boolean | undefined
    /** Only those given before that time, in milliseconds since 1970. */
    before?: number | undefined
    limit: number
}

/** When an ending is written: only if the command is what this says. */
export interface EndOnly {
    unsent?: boolean
    of?: DeviceName
}

/** What keeps commands. Everything rejects with a {@link Refusal} 503 `STORE_UNAVAILABLE` while the store is away. */
export interface CommandRepository {
    /**
     * Adds a command, and ends those whose collapse key it has and that have not left.
     * @param depth how many may be under way for the device
     * @throws {@link Refusal} 429 `TOO_MANY_COMMANDS`; nothing was changed then
     */
    add(endpoint: string, command: Command, depth: number): Promise<Added>
    get(endpoint: string, id: string): Promise<Command | undefined>
    list(endpoint: string, filter: CommandFilter): Promise<Command[]>
    /** Writes down that commands may leave from now on; those that have ended, or that the device has, are given as they are. */
    leave(ids: string[], now: number): Promise<Leaving[]>
    /** Takes that back, for those that have not left after all. */
    stay(ids: string[]): Promise<void>
    /** The device has it. @returns whether it is under way for that device */
    received(id: string, of: DeviceName, now: number): Promise<boolean>
    /** Ends a command. @returns it, if it had not ended before and is what `only` says */
    end(id: string, ending: Ending, now: number, only?: EndOnly): Promise<Command | undefined>
    /** A page of those of a node that have ended, but are still tasks, in the order of their ids. */
    untold(endpoint: string, node: string, after: string, limit: number): Promise<Command[]>
    /** The ids of those of an endpoint that are under way, but are no tasks. */
    orphans(endpoint: string): Promise<string[]>
    /** A device has connected. */
    seen(endpoint: string, device: DeviceName, now: number): Promise<void>
    isKnown(endpoint: string, device: DeviceName): Promise<boolean>
    readonly catalogue: CatalogueRepository
}

/** What the commands of a component may be: for each its parameters. */
export interface Component {
    /** Blank: of all accounts that have none of their own. */
    account: string
    component: string
    /** Counts how often it was changed, deleting it included. */
    version: number
    commands: Record<string, CommandRule>
}

/** What a command may be. */
export interface CommandRule {
    params: Record<string, ParamRule>
}

/** What a parameter may be. Values may be text that stands for a number or a boolean, as OISP has them. */
export interface ParamRule {
    type: 'number' | 'integer' | 'boolean' | 'text'
    min?: number
    max?: number
    /** Characters. */
    maxLength?: number
    values?: (string | number | boolean)[]
    /** Whether it may be left out. */
    optional?: boolean
}

export interface CatalogueRepository {
    get(account: string, component: string): Promise<Component | undefined>
    list(account: string): Promise<Component[]>
    /**
     * @param version the one it must have, 0 for none at all; undefined for whichever
     * @param now milliseconds since 1970
     * @returns no component if it has another version
     */
    put(
        component: Omit<Component, 'version'>,
        version: number | undefined,
        now: number,
    ): Promise<{ component: Component | undefined; isNew: boolean }>
    /** @returns whether it was there */
    remove(account: string, component: string, now: number): Promise<boolean>
}

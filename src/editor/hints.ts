/** What a setting is at this moment, by its name. */
export type Get = (key: string) => string

/** What the dialog shows of a setting beyond what its schema says. */
export interface Hint {
    /** A name of Font Awesome 4. */
    icon?: string
    /** An example. */
    placeholder?: string
    /** The key of what a number counts. */
    unit?: string
    /** What a new node has, where that is not what is meant if the setting is missing. */
    initial?: string
    /** Whether it has no row: it is only kept. */
    isHidden?: boolean
    /** Whether the setting is used at all, which the other settings decide. */
    when?(get: Get): boolean
    /** The key of what is said of the setting, or nothing, where the other settings decide that. */
    note?(get: Get): string
    /** Of a configuration node: when one has to be chosen. */
    required?(get: Get): boolean
    /** Of a secret: when only a variable of the environment will do. */
    variableOnly?(get: Get): boolean
    /** The key of the reason for what only this setting must not be. */
    invalid?: string
    /** A look at the other settings: the key of a reason when they do not go together. */
    against?(value: unknown, get: Get): string | undefined
}

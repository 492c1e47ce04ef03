/** One thing that a browser remembers of a page: what it is until somebody chooses, and which values are valid. */
export interface Preference<Value> {
    initial(): Value
    isValid(value: unknown): boolean
}

export const oneOf = <Value>(values: readonly Value[], initial: Value): Preference<Value> => ({
    initial: () => initial,
    isValid: (value) => values.some((known) => known === value),
})

export const flag = (initial: () => boolean): Preference<boolean> => ({ initial, isValid: (value) => typeof value === 'boolean' })

export const names: Preference<string[]> = {
    initial: () => [],
    isValid: (value) => Array.isArray(value) && value.every((name) => typeof name === 'string'),
}

/** The preferences of a page, in local storage. @param key the name under which they are stored, such as `socketworks.observer` */
export function preferences<Values extends object>(key: string, known: { [Name in keyof Values]: Preference<Values[Name]> }) {
    const all = Object.entries<Preference<unknown>>(known)

    /** Only what was chosen. An older page may have stored it, or anybody else. */
    function chosen(): Partial<Values> {
        try {
            const stored: object = Object(JSON.parse(localStorage.getItem(key) ?? '{}'))
            const valid = all.filter(([name, { isValid }]) => Object.hasOwn(stored, name) && isValid(Reflect.get(stored, name)))
            return Object.fromEntries(valid.map(([name]) => [name, Reflect.get(stored, name)])) as Partial<Values>
        } catch {
            return {}
        }
    }

    return {
        load: (): Values => ({ ...Object.fromEntries(all.map(([name, { initial }]) => [name, initial()])), ...chosen() }) as Values,
        /** A browser that stores nothing, or has no room, forgets. */
        save(part: Partial<Values>): void {
            try {
                localStorage.setItem(key, JSON.stringify({ ...chosen(), ...part }))
            } catch {}
        },
    }
}

/** The access token of a page: in session storage, which is this tab's alone. @param key the name under which it is stored */
export function sessionToken(key: string) {
    let token = ''
    try {
        token = sessionStorage.getItem(key) ?? ''
    } catch {}
    return {
        get: (): string => token,
        set(entered: string): void {
            token = entered
            try {
                sessionStorage.setItem(key, entered)
            } catch {}
        },
    }
}

/** What a browser remembers of the page. */
export interface Kept {
    theme: 'auto' | 'light' | 'dark'
    animate: boolean
    /** Rows a page; 0 means all. */
    pageSize: number
    /** Columns in the order that was last chosen. */
    order: string[]
    hidden: string[]
}

const KEY = 'socketworks.observer'
const TOKEN = 'socketworks.observer.token'

const fresh = (): Kept => ({
    theme: 'auto',
    animate: !matchMedia('(prefers-reduced-motion: reduce)').matches,
    pageSize: 0,
    order: [],
    hidden: [],
})

export function kept(): Kept {
    try {
        return { ...fresh(), ...JSON.parse(localStorage.getItem(KEY) ?? '{}') }
    } catch {
        return fresh()
    }
}

/** A browser that keeps nothing, or has no room, just forgets. */
export function keep(settings: Kept): void {
    try {
        localStorage.setItem(KEY, JSON.stringify(settings))
    } catch {}
}

/** Gone with the tab: a token is nobody else's business. */
export const keptToken = (): string => sessionStorage.getItem(TOKEN) ?? ''

export function keepToken(token: string): void {
    if (token) sessionStorage.setItem(TOKEN, token)
    else sessionStorage.removeItem(TOKEN)
}

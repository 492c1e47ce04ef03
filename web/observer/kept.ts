import { pageSizes } from './address.ts'

/** What a browser remembers of the page. */
export interface Kept {
    theme: 'auto' | 'light' | 'dark'
    animate: boolean
    /** Rows a page, where the address does not tell; 0 means all. */
    pageSize: number
    /** Columns in the order that was last chosen. */
    order: string[]
    hidden: string[]
    /** Seconds that a trend goes back. */
    span: number
}

const KEY = 'socketworks.observer'
const TOKEN = 'socketworks.observer.token'

const isNames = (value: unknown): boolean => Array.isArray(value) && value.every((name) => typeof name === 'string')
const fits: Record<keyof Kept, (value: unknown) => boolean> = {
    theme: (value) => value === 'auto' || value === 'light' || value === 'dark',
    animate: (value) => typeof value === 'boolean',
    pageSize: (value) => pageSizes.some((size) => size === value),
    order: isNames,
    hidden: isNames,
    span: (value) => spans.some((span) => span === value),
}

/** Seconds: half a minute, five minutes, an hour, a day. */
export const spans = [30, 300, 3600, 86_400] as const

const fresh = (): Kept => ({
    theme: 'auto',
    animate: !matchMedia('(prefers-reduced-motion: reduce)').matches,
    pageSize: 0,
    order: [],
    hidden: [],
    span: spans[0],
})

/** What was chosen; it may have been an older page that kept it, or somebody who tried something. */
function chosen(): Partial<Kept> {
    try {
        const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}')
        const known = Object.entries(Object(stored)).filter(([name, value]) => Object.hasOwn(fits, name) && fits[name as keyof Kept](value))
        return Object.fromEntries(known)
    } catch {
        return {}
    }
}

export const kept = (): Kept => ({ ...fresh(), ...chosen() })

/** What nobody chose goes on to be as the system wants it. A browser that keeps nothing, or has no room, just forgets. */
export function keep(part: Partial<Kept>): void {
    try {
        localStorage.setItem(KEY, JSON.stringify({ ...chosen(), ...part }))
    } catch {}
}

/** Gone with the tab: a token is nobody else's business. */
export const keptToken = (): string => sessionStorage.getItem(TOKEN) ?? ''

export function keepToken(token: string): void {
    if (token) sessionStorage.setItem(TOKEN, token)
    else sessionStorage.removeItem(TOKEN)
}

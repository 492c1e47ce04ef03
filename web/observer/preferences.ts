import { flag, names, oneOf, preferences, sessionToken } from '../shared/preferences.ts'
import { type Theme, themePreference } from '../shared/theme.ts'
import { pageSizes } from './address.ts'

export interface Preferences {
    theme: Theme
    /** Whether cells flash when they change. */
    animate: boolean
    /** Rows a page, where the address does not say; 0 means all. */
    pageSize: number
    /** Columns in the order that was last chosen. */
    order: string[]
    hidden: string[]
    /** Seconds that a trend goes back. */
    span: number
}

/** Seconds: half a minute, five minutes, an hour, a day. */
export const spans = [30, 300, 3600, 86_400]

export const { load: loadPreferences, save: savePreferences } = preferences<Preferences>('socketworks.observer', {
    theme: themePreference,
    animate: flag(() => !matchMedia('(prefers-reduced-motion: reduce)').matches),
    pageSize: oneOf(pageSizes, 0),
    order: names,
    hidden: names,
    span: oneOf(spans, 30),
})

export const token = sessionToken('socketworks.observer.token')

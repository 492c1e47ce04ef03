import { oneOf, preferences } from '../shared/preferences.ts'
import { type Theme, themePreference } from '../shared/theme.ts'
import type { Kind } from './energy-history.ts'

export type Unit = 's' | 'min' | 'h'

export interface Preferences {
    theme: Theme
    /** Seconds that the plot goes back. */
    span: number
    /** What is plotted. */
    kind: Kind
    /** Of the duration after which an instance stops by itself. */
    unit: Unit
}

/** Milliseconds of each unit. */
export const units: Record<Unit, number> = { s: 1000, min: 60_000, h: 3_600_000 }

const DAY = 86_400
/** Seconds, from minutes to a year. */
export const spans = [900, 3600, 6 * 3600, DAY, 7 * DAY, 30 * DAY, 365 * DAY] as const

export const { load: loadPreferences, save: savePreferences } = preferences<Preferences>('socketworks.sockets', {
    theme: themePreference,
    span: oneOf<number>(spans, 3600),
    kind: oneOf<Kind>(['power', 'energy'], 'power'),
    unit: oneOf<Unit>(['s', 'min', 'h'], 'min'),
})

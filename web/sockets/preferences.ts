import { oneOf, preferences } from '../shared/preferences.ts'
import { type Theme, themePreference } from '../shared/theme.ts'

export type Unit = 's' | 'min' | 'h'

export interface Preferences {
    theme: Theme
    /** Of the duration after which an instance stops by itself. */
    unit: Unit
}

/** Milliseconds of each unit. */
export const units: Record<Unit, number> = { s: 1000, min: 60_000, h: 3_600_000 }

export const { load: loadPreferences, save: savePreferences } = preferences<Preferences>('socketworks.sockets', {
    theme: themePreference,
    unit: oneOf<Unit>(['s', 'min', 'h'], 'min'),
})

import { oneOf, preferences } from '../shared/preferences.ts'
import { type Theme, themePreference } from '../shared/theme.ts'

export interface Preferences {
    theme: Theme
    /** Seconds that the time line shows. */
    span: number
}

const DAY = 86_400
/** From minutes to a month. */
export const spans = [900, 3600, 6 * 3600, DAY, 7 * DAY, 30 * DAY] as const

export const { load: loadPreferences, save: savePreferences } = preferences<Preferences>('socketworks.jobs', {
    theme: themePreference,
    span: oneOf<number>(spans, 3600),
})

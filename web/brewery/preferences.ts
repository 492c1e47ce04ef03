import { oneOf, type Preference, preferences } from '../shared/preferences.ts'
import { type Theme, themePreference } from '../shared/theme.ts'
import { type Severity, severities } from './log.ts'

export interface Preferences {
    theme: Theme
    /** Seconds that trends show. */
    span: number
    /** The least severe logs that are listed. */
    severity: Severity
    /** Who looks at the page, for the record; blank for nobody in particular. */
    who: string
}

const DAY = 86_400
export const spans = [900, 3600, 6 * 3600, DAY, 7 * DAY] as const

const text: Preference<string> = { initial: () => '', isValid: (value) => typeof value === 'string' }

export const { load: loadPreferences, save: savePreferences } = preferences<Preferences>('socketworks.brewery', {
    theme: themePreference,
    span: oneOf<number>(spans, 3600),
    severity: oneOf<Severity>(severities, 'info'),
    who: text,
})

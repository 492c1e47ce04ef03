import { oneOf } from './preferences.ts'

export type Theme = 'auto' | 'light' | 'dark'
export const themes: readonly Theme[] = ['auto', 'light', 'dark']
export const themePreference = oneOf<Theme>(themes, 'auto')

/** The colours of each theme are in page.css. */
export function applyTheme(theme: Theme): void {
    document.documentElement.dataset.theme = theme
}

/** Calls back when the system turns light or dark: what is drawn on a canvas has to be drawn again. */
export function onSystemTheme(changed: () => void): void {
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed)
}

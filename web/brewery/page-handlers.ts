import type { Refused } from '../shared/rest.ts'
import type { Preferences } from './preferences.ts'

export const tabs = ['live', 'alarms', 'logs', 'profiles', 'settings', 'io', 'debugger'] as const
export type TabId = (typeof tabs)[number]

/** What the views of the page tell it. */
export interface PageHandlers {
    /** Something was done, in words. */
    done(text: string): void
    /** Something was not done, in words. */
    refused(text: string): void
    prefer(part: Partial<Preferences>): void
    go(tab: TabId): void
}

/** Does something, and tells what became of it. @returns whether it was done @param refused says it of a reason */
export async function attempt(
    handlers: PageHandlers,
    run: () => Promise<unknown>,
    done: string,
    refused: (reason: string) => string,
): Promise<boolean> {
    try {
        await run()
        if (done) handlers.done(done)
        return true
    } catch (error) {
        handlers.refused(refused((error as Refused).message))
        return false
    }
}

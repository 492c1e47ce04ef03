import type * as v from 'valibot'

/** The key of a reason, and what is put into its text. */
export type Reason = [key: string, data?: Record<string, string | number>]

const keys: Record<string, string> = {
    integer: 'common.invalid.whole',
    number: 'common.invalid.number',
    finite: 'common.invalid.number',
    min_value: 'common.invalid.least',
    max_value: 'common.invalid.most',
    max_bytes: 'common.invalid.bytes',
    picklist: 'common.invalid.choice',
    non_empty: 'common.invalid.blank',
}

/** Why a setting is wrong, as a key: the schema's own words are English. @param own the key for what only this setting must not be */
export function reason(issue: v.BaseIssue<unknown>, own = 'common.invalid.other'): Reason {
    return [keys[issue.type] ?? own, { limit: String(issue.requirement) }]
}

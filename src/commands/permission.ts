import { Refusal } from '../lib/index.ts'
import type { Order } from './command.ts'

const fields = ['device', 'component', 'command'] as const

type Aim = Pick<Order, (typeof fields)[number]>

/**
 * Checks that a caller may give a command, by the claim `commands` of its token: a list of `{device?, component?, command?}`, one of which
 * has to fit. What is missing there fits anything, and a `*` at the end any ending; without the claim everything is allowed.
 * @throws {@link Refusal} 403 `FOREIGN_COMMAND`
 */
export function checkAllowed(claim: unknown, aim: Aim): void {
    if (claim === undefined || (Array.isArray(claim) && claim.some((rule) => allows(rule, aim)))) return
    throw new Refusal(403, 'FOREIGN_COMMAND', `the token does not allow the command ${aim.command} for ${aim.component} of ${aim.device}`)
}

/** A rule with other fields, such as a misspelt one, would allow more than was meant: it allows nothing. */
function allows(rule: unknown, aim: Aim): boolean {
    if (typeof rule !== 'object' || rule === null) return false
    return Object.entries(rule).every(([name, pattern]) => fields.some((field) => field === name && fits(pattern, aim[field])))
}

function fits(pattern: unknown, text: string): boolean {
    if (typeof pattern !== 'string') return false
    return pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : text === pattern
}

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

type Claims = Readonly<Record<string, unknown>>

/** The accounts that a token names: OISP has a list of `{id, role?}`. */
const entriesOf = ({ accounts }: Claims): Record<string, unknown>[] => (Array.isArray(accounts) ? accounts.map((one) => Object(one)) : [])

/** The ids of all accounts that a token names. @param one what its endpoint takes for its account */
export function accountsOf(claims: Claims, one: string | undefined): string[] {
    const ids = entriesOf(claims).map(({ id }) => id)
    const listed = ids.filter((id) => (typeof id === 'string' && id !== '') || typeof id === 'number').map(String)
    return one === undefined ? listed : [one, ...listed]
}

/**
 * Whether a token is a caller's, by what it says of itself. OISP writes a role beside each account, which is `device` in the tokens of
 * devices; elsewhere it is a claim `role`, `roles` or `type`.
 * @param role the one that callers have in the account; blank for any but that of devices
 */
export function isCallers(claims: Claims, account: string, role: string): boolean {
    const entries = entriesOf(claims)
    const everywhere = [claims.role, claims.roles].flat()
    const all = [claims.type, ...everywhere, ...entries.flatMap((entry) => entry.role)]
    if (all.some((one) => typeof one === 'string' && one.toLowerCase() === 'device')) return false
    const there = entries.filter(({ id }) => String(id) === account).flatMap((entry) => entry.role)
    return role === '' || [...everywhere, ...there].includes(role)
}

import { Refusal } from '../lib/index.ts'
import type { Identity } from '../ws/index.ts'
import { covers } from './channel.ts'

/** Who may subscribe to which channels, and publish on them. Lists of entries, separated by commas, each a pattern or `<pattern>@<role>`. */
export interface Rules {
    subscribe: string
    publish: string
}

interface Rule {
    pattern: string
    role: string | undefined
}

/** Stands for the account of a peer. */
const ACCOUNT = '{account}'

/**
 * What the peers of an endpoint may do on channels. A rule with a role is for peers whose token has it in its claim `roles` or `role`;
 * `{account}` in a pattern stands for the peer's account.
 */
export class Permissions {
    readonly #rules: Readonly<Record<keyof Rules, Rule[]>>

    constructor({ subscribe, publish }: Rules) {
        this.#rules = { subscribe: parsed(subscribe), publish: parsed(publish) }
    }

    /** @param pattern a channel, or all channels that a pattern has @throws {@link Refusal} 403 `NOT_PERMITTED` */
    check(action: keyof Rules, pattern: string, identity: Identity): void {
        const roles = rolesOf(identity)
        const isMeant = (rule: Rule) =>
            (rule.role === undefined || roles.includes(rule.role)) && covers(patternFor(rule, identity), pattern)
        if (this.#rules[action].some(isMeant)) return
        const what = action === 'subscribe' ? 'subscribe to' : 'publish on'
        throw new Refusal(403, 'NOT_PERMITTED', `you may not ${what} ${pattern}`)
    }
}

const parsed = (list: string): Rule[] =>
    list
        .split(',')
        .map((entry) => entry.trim())
        .filter((entry) => entry !== '')
        .map((entry) => {
            const [pattern = '', role] = entry.split('@')
            return { pattern, role }
        })

/** A pattern without an account in it means nothing to a peer that has none. */
function patternFor({ pattern }: Rule, { account }: Identity): string {
    if (!pattern.includes(ACCOUNT)) return pattern
    return account === undefined || account.includes('*') ? '' : pattern.replaceAll(ACCOUNT, account)
}

function rolesOf({ claims = {} }: Identity): string[] {
    const { roles, role } = claims
    return [roles, role].flat().flatMap((one) => (typeof one === 'string' ? one.split(/[\s,]+/) : []))
}

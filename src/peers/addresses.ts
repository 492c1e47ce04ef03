import { badInput, identifier, isMissing } from '../lib/index.ts'
import type { Address } from '../ws/index.ts'

/** Peers that a message may name. */
const MAX_ADDRESSES = 10_000

/**
 * Reads the recipients of a message: an id, or `{id, account}`, or a list of these; each counts once.
 * @param from the peer that the message came from: its id means that very peer, not one of another account with the same id
 * @throws {@link Refusal} 422 `BAD_INPUT`
 */
export function readAddresses(field: string, value: unknown, from?: Partial<Address> | null): Address[] {
    const all: unknown[] = Array.isArray(value) ? value : [value]
    if (all.length === 0) throw badInput(field, 'is required')
    if (all.length > MAX_ADDRESSES) throw badInput(field, `must be at most ${MAX_ADDRESSES}`)
    const addresses = all.map((one) => withAccount(readAddress(field, one), from))
    return [...new Map(addresses.map((address) => [JSON.stringify(address), address])).values()]
}

function readAddress(field: string, value: unknown): Address {
    if (typeof value !== 'object' || value === null) return { id: identifier(field, value) }
    const { id, account }: { id?: unknown; account?: unknown } = value
    return { id: identifier(`${field}.id`, id), ...(!isMissing(account) && { account: identifier(`${field}.account`, account) }) }
}

function withAccount(address: Address, from: Partial<Address> | null | undefined): Address {
    if (address.account !== undefined || from?.id !== address.id || typeof from.account !== 'string') return address
    return { ...address, account: from.account }
}

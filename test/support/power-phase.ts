import { isRelay, type PowerState } from '../../src/power/machine/state.ts'

/** Where a socket is, in the words of docs/power-machine.md. */
export type Phase = 'loading' | 'idle' | 'switching on' | 'running' | 'switching off' | 'off due' | 'checking off' | 'halted'

export function phaseOf(s: PowerState, now: number): Phase {
    if (s.pending) return s.pending.on ? 'switching on' : 'switching off'
    if (!s.isLoaded) return 'loading'
    if (s.running > 0) return 'running'
    if (s.haltedAt === null && !s.offDue) return 'idle'
    if (!isRelay(s, false, now)) return 'off due'
    return s.offDue ? 'checking off' : 'halted'
}

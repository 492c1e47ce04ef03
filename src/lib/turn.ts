import { setImmediate } from 'node:timers'

/** Runs something in the next turn of the event loop. */
export const afterTurn = (run: () => void): void => {
    setImmediate(run)
}

/** Resolves in the next turn of the event loop. */
export const turn = (): Promise<void> => new Promise((resolve) => afterTurn(resolve))

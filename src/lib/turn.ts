import { setImmediate } from 'node:timers'

/** Runs something once what has come in by now was looked at. */
export const afterTurn = (run: () => void): void => {
    setImmediate(run)
}

/** Lets everything else have its turn. */
export const turn = (): Promise<void> => new Promise((resolve) => afterTurn(resolve))

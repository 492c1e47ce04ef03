import { setImmediate } from 'node:timers'

/** Runs something once what has come in by now was looked at. */
export const afterTurn = (run: () => void): void => {
    setImmediate(run)
}

import assert from 'node:assert/strict'
import { LocalBus } from '../../src/bus/index.ts'
import { systemClock } from '../../src/lib/index.ts'

/** A bus on which nobody is to fail. */
export const makeBus = (): LocalBus => new LocalBus({ clock: systemClock, log: (text) => assert.fail(text) })

import assert from 'node:assert/strict'
import { LocalBus } from '../../src/bus/index.ts'
import { systemClock } from '../../src/lib/index.ts'

/** A bus that fails the test when a subscriber throws. */
export const makeBus = (): LocalBus => new LocalBus({ clock: systemClock, log: (text) => assert.fail(text) })

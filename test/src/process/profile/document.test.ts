import assert from 'node:assert/strict'
import { readProfile } from '../../../../src/process/profile/document.ts'

const range = { min: -50, max: 150 }

describe('a profile as it is given', () => {
    const wrong: [object | string, RegExp][] = [
        ['mash', /^profile must be an object/],
        [{}, /either steps or points/],
        [{ steps: [] }, /profile\.steps must be a list of 1 to/],
        [{ steps: [{ type: 'boil' }] }, /profile\.steps\[0\]\.type must be set or/],
        [{ steps: [{ type: 'set', value: 151 }] }, /profile\.steps\[0\]\.value must be from -50 to 150/],
        [{ steps: [{ type: 'ramp', to: 20 }] }, /profile\.steps\[0\] must have either a rate or a duration/],
        [{ steps: [{ type: 'ramp', to: 20, rate: 0 }] }, /rate must be more than 0/],
        [{ steps: [{ type: 'hold', duration: -1 }] }, /profile\.steps\[0\]\.duration must be a finite number >= 0/],
        [{ steps: [{ type: 'until', above: 1, below: 2, limit: 1 }] }, /either above or below/],
        [{ points: [{ at: '2026-02-31', value: 1 }] }, /profile\.points\[0\]\.at must be a date/],
        [
            {
                points: [
                    { at: '2026-02-02', value: 1 },
                    { at: '2026-02-01', value: 1 },
                ],
            },
            /profile\.points\[1\]\.at must come after/,
        ],
        [
            {
                points: [
                    { at: '2026-02-02', value: 1 },
                    { after: 60, value: 1 },
                ],
            },
            /profile\.points\[1\] must be a date/,
        ],
        [{ points: [{ after: 60, value: 'hot' }] }, /profile\.points\[0\]\.value must be a finite number/],
    ]
    it('is told all that is wrong with it', () => {
        const points = [{ at: 'soon', value: 'hot' }, { value: 1 }, 7]
        const given = { name: 7, mode: 'curved', end: 'x', points }
        const places = ['mode', 'name', 'end', 'points[0].at', 'points[0].value', 'points[1]', 'points[2]']
        assert.throws(
            () => readProfile('profile', given, range),
            ({ details }) => {
                assert.deepEqual(
                    details.errors.map(({ path }: { path: string }) => path),
                    places.map((place) => `profile.${place}`),
                )
                return true
            },
        )
    })
    for (const [given, text] of wrong)
        it(`is refused where it is wrong: ${JSON.stringify(given)}`, () =>
            assert.throws(() => readProfile('profile', given, range), { code: 'BAD_INPUT', message: text }))
})

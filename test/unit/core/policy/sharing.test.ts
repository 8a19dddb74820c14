import { expect, test } from 'vitest'
import { sharingOf } from '../../../../src/core/policy/sharing.js'

/* What the site asks, what the viewer said, Global Privacy Control, Save-Data. */
test.each([
  ['off', undefined, false, false, 'on'],
  ['off', undefined, false, true, 'save-data'],
  ['off', undefined, true, false, 'privacy-control'],
  ['off', undefined, true, true, 'privacy-control'],
  ['off', true, true, false, 'on'],
  ['off', true, true, true, 'save-data'],
  ['off', false, false, false, 'refused'],
  ['required', undefined, false, false, 'unasked'],
  ['required', undefined, true, false, 'privacy-control'],
  ['required', true, false, false, 'on'],
  ['required', true, true, false, 'on'],
  ['required', true, false, true, 'save-data'],
  ['required', false, false, false, 'refused'],
  ['ask', undefined, false, true, 'unasked'],
  ['ask', true, false, false, 'on'],
  ['ask', false, true, true, 'refused'],
] as const)(
  'consent %s, decided %s, private %s, saving %s: %s',
  (rule, decision, isPrivate, isSavingData, sharing) => {
    expect(sharingOf({ rule, decision, isPrivate, isSavingData })).toBe(sharing)
  },
)

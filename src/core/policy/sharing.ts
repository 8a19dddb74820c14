/** Whether this browser may be connected to other viewers, and why not. */

export interface SharingFacts {
  /** Whether the site asks first. */
  readonly rule: 'off' | 'required' | 'ask'
  /** What the viewer said; `undefined` if they were not asked or have not answered. */
  readonly decision: boolean | undefined
  /** Global Privacy Control: the browser says "no" for a viewer who has said nothing else. */
  readonly isPrivate: boolean
  /** Save-Data: the viewer wants not a byte more than the film has. */
  readonly isSavingData: boolean
}

/** `on`, or what stands against it. */
export type Sharing = 'on' | 'unasked' | 'refused' | 'privacy-control' | 'save-data'

export function sharingOf({ rule, decision, isPrivate, isSavingData }: SharingFacts): Sharing {
  if (decision === false) return 'refused'
  if (decision === undefined && isPrivate) return 'privacy-control'
  if (decision === undefined && rule !== 'off') return 'unasked'
  return isSavingData ? 'save-data' : 'on'
}

/** How a profile's time is shared among the parts. */
import { IDLE, type Part, PARTS } from "./Parts.ts"
import type { Profile } from "./Profile.ts"

export interface Share {
  readonly part: Part
  /** Of the whole time, and of the time that is not idle. */
  readonly ofAll: number
  readonly ofBusy: number
}

const sumOf = ({ selves }: Profile, part: Part | undefined): number =>
  selves.reduce((sum, self) => (self.part === part ? sum + self.selfUs : sum), 0)

/** Microseconds in which the thread did something. */
export const busyUs = (profile: Profile): number => profile.totalUs - sumOf(profile, IDLE)

/** Of every part, in their own order. A function counts where it stands; what is built in counts for whoever calls it. */
export const sharesOf = (profile: Profile): ReadonlyArray<Share> =>
  PARTS.map((part) => {
    const us = sumOf(profile, part)
    return { part, ofAll: us / profile.totalUs, ofBusy: part === IDLE ? Number.NaN : us / busyUs(profile) }
  })

/** Container images by digest: where the repository names them, and how a digest gets there. */

/** Files that name images, from the repository's root. */
export const FILES = ["compose.yaml", "Dockerfile", ".github/workflows/ci.yaml"] as const

/**
 * `image: NAME:TAG` of Compose and of workflows, `container: NAME:TAG`, `ARG NODE_IMAGE=NAME:TAG`;
 * with or without a digest.
 */
const IMAGE = /^( *(?:image|container): |ARG \w+_IMAGE=)([^\s@]+:v?\d[\w.-]*)(?:@(sha256:[0-9a-f]{64}))?$/gm

/** Built here, so no registry has it. */
const OURS = /^telemetra-stream:/

export interface Pin {
  /** Name and tag. */
  readonly image: string
  /** `undefined` = the tag decides, which its owner can move. */
  readonly digest: string | undefined
}

/** The images of others that a file names, in order. */
export const pinsOf = (text: string): ReadonlyArray<Pin> =>
  [...text.matchAll(IMAGE)].flatMap(([, , image = "", digest]) => (OURS.test(image) ? [] : [{ image, digest }]))

/**
 * The text with each image of others at the digest that `digests` has for it. Images that it does
 * not name stay as they are.
 */
export const pinned = (text: string, digests: ReadonlyMap<string, string>): string =>
  text.replaceAll(IMAGE, (line, before: string, image: string) => {
    const digest = digests.get(image)
    return digest === undefined ? line : `${before}${image}@${digest}`
  })

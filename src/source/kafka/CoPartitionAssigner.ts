/**
 * Assigns partitions to the group's members: partition number p of every topic goes to the same
 * member, as in Kafka Streams. The members' counts differ by at most one. Within that, a member
 * keeps what it owns, and the rest balances the records to read. The result depends only on the
 * members, what they own, and the sizes of the logs.
 */
import { Schema } from "effect"
import { present } from "../../domain/Invariant.ts"
import kafkajs, { type Assigner, type Cluster, type Logger, type PartitionAssigner } from "kafkajs"

/** A member by its own report when it joins. */
export interface Joining {
  /** The partition numbers that it owns. */
  readonly owned: ReadonlyArray<number>
  /** Identifies its process. */
  readonly process?: string | undefined
  /** In its first join, the number of members that its process starts. */
  readonly starting?: number | undefined
}

export interface Member extends Joining {
  readonly memberId: string
}

/**
 * The members that get partitions. The threads of a process join one after the other. Until all are
 * members, those that have just joined get nothing. Otherwise the first would begin to read what it
 * loses to the next one, which reads it again.
 */
export const readyOf = (members: ReadonlyArray<Member>): ReadonlyArray<Member> =>
  members.filter(({ process, starting = 0 }) => members.filter((other) => other.process === process).length >= starting)

/** Spreads the partition numbers over the members. `weights` has the records of each number. */
export const spread = (
  members: ReadonlyArray<Member>,
  weights: ReadonlyArray<number>
): ReadonlyMap<string, ReadonlyArray<number>> => {
  const sorted = byMemberId(members)
  const shares = new Map<string, Array<number>>(sorted.map(({ memberId }) => [memberId, []]))
  const free = new Set(weights.keys())
  const weightOf = (number: number): number => present(weights[number], "every partition number has a weight")
  const weigh = (numbers: ReadonlyArray<number>): number => numbers.reduce((sum, number) => sum + weightOf(number), 0)
  const fair = weigh([...free]) / sorted.length
  const floor = Math.floor(weights.length / sorted.length)
  let above = weights.length % sorted.length // members that get one more than `floor`
  // The largest owners get the extra number first: that moves the fewest.
  const keepers = sorted.toSorted((a, b) => b.owned.length - a.owned.length)
  for (const { memberId, owned } of keepers) {
    let kept = [...new Set(owned)].filter((number) => free.has(number)).sort((a, b) => a - b)
    const room = kept.length > floor && above > 0 ? floor + 1 : floor
    if (room > floor) above--
    while (kept.length > room) {
      // The number whose loss leaves the fairest rest, the last of several.
      const off = kept.map((number) => Math.abs(weigh(kept) - weightOf(number) - fair))
      const given = off.lastIndexOf(Math.min(...off))
      kept = kept.toSpliced(given, 1)
    }
    shares.set(memberId, kept)
    for (const number of kept) free.delete(number)
  }
  // The heaviest number first, to the member with the fewest numbers, the lightest of several.
  for (const number of [...free].sort((a, b) => weightOf(b) - weightOf(a) || a - b)) {
    const [first, ...others] = shares.values()
    others
      .reduce(
        (best, share) =>
          share.length < best.length || (share.length === best.length && weigh(share) < weigh(best)) ? share : best,
        present(first, "a group has members")
      )
      .push(number)
  }
  for (const share of shares.values()) share.sort((a, b) => a - b)
  return shares
}

/** The member that gets everything: the present owner, else the first. */
export const chooseOne = (members: ReadonlyArray<Member>): string | undefined =>
  (byMemberId(members).find(({ owned }) => owned.length > 0) ?? byMemberId(members)[0])?.memberId

const byMemberId = (members: ReadonlyArray<Member>): ReadonlyArray<Member> =>
  members.toSorted((a, b) => (a.memberId < b.memberId ? -1 : a.memberId > b.memberId ? 1 : 0))

/**
 * The assigner for kafkajs. Scope `partition` spreads the tasks; scope `all` gives every partition
 * of every topic to one member. The scopes have different names, so Kafka refuses a group that
 * mixes them. Each join calls `self`.
 */
export const coPartitionAssigner =
  (scope: "partition" | "all", self: () => Joining): PartitionAssigner =>
  ({ cluster, logger }) => {
    const name = scope === "partition" ? "telemetra-copartition" : "telemetra-all"
    const version = 0
    const partitionsOf = (topic: string): ReadonlyArray<number> =>
      cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId)

    const assigner: Assigner = {
      name,
      version,
      protocol: ({ topics }) => ({
        name,
        metadata: kafkajs.AssignerProtocol.MemberMetadata.encode({
          version,
          topics,
          userData: encodeSelf(self())
        })
      }),
      assign: async ({ members, topics }) => {
        const decoded = members.map(({ memberId, memberMetadata }) => ({ memberId, ...decodeSelf(memberMetadata) }))
        const counts = topics.map((topic) => partitionsOf(topic).length)
        const one = chooseOne(decoded)
        const ready = readyOf(decoded)
        const weights = ready.length === 0 ? [] : await recordsOf(cluster, logger, topics, Math.min(...counts))
        const shares = spread(ready, weights)
        return decoded.map(({ memberId }) => ({
          memberId,
          memberAssignment: kafkajs.AssignerProtocol.MemberAssignment.encode({
            version,
            userData: Buffer.alloc(0),
            assignment: Object.fromEntries(
              topics.map((topic) => [
                topic,
                scope === "partition"
                  ? [...(shares.get(memberId) ?? [])]
                  : memberId === one
                    ? [...partitionsOf(topic)]
                    : []
              ])
            )
          })
        }))
      }
    }
    return assigner
  }

/**
 * The records that the logs of each partition number hold; equal weights if the broker reports no
 * sizes.
 */
const recordsOf = async (
  cluster: Cluster,
  logger: Logger,
  topics: ReadonlyArray<string>,
  count: number
): Promise<ReadonlyArray<number>> => {
  const numbers = [...Array(count).keys()]
  const partitions = numbers.map((partition) => ({ partition }))
  const offsets = async (fromBeginning: boolean): Promise<ReadonlyArray<number>> => {
    const replies = await cluster.fetchTopicsOffset(topics.map((topic) => ({ topic, partitions, fromBeginning })))
    const all = replies.flatMap((reply) => reply.partitions)
    return numbers.map((number) =>
      all.filter(({ partition }) => partition === number).reduce((sum, { offset }) => sum + Number(offset), 0)
    )
  }
  try {
    const [starts, ends] = [await offsets(true), await offsets(false)]
    return ends.map((end, index) => end - present(starts[index], "one start per number"))
  } catch (thrown) {
    // The only cost is balance.
    logger.debug(`Partition sizes unknown; balancing by count: ${String(thrown)}`)
    return numbers.map(() => 1)
  }
}

/** The owned numbers as a list, which all versions read. The rest is its last element. */
const encodeSelf = ({ owned, process, starting }: Joining): Buffer =>
  Buffer.from(JSON.stringify([...owned, { process, starting }]))

const Rest = Schema.Struct({ process: Schema.optional(Schema.String), starting: Schema.optional(Schema.Int) })
const isRest = Schema.is(Rest)

/** The report in a subscription; an empty one if the text has another format. */
const decodeSelf = (metadata: Buffer): Joining => {
  try {
    const text = kafkajs.AssignerProtocol.MemberMetadata.decode(metadata)?.userData.toString("utf8")
    const parsed: unknown = JSON.parse(text ?? "[]")
    const list: ReadonlyArray<unknown> = Array.isArray(parsed) ? parsed : []
    return {
      owned: list.filter((element): element is number => Number.isSafeInteger(element)),
      ...list.find(isRest)
    }
  } catch {
    return { owned: [] } // the only cost is that partitions move
  }
}

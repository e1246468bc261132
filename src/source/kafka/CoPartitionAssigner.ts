/**
 * Who in the group owns what: partition number p of every topic goes to the same member, as in Kafka Streams. The same members with the same holdings
 * always give the same assignment, members differ by one number at most, and a member keeps what it has as far as that allows.
 */
import kafkajs, { type Assigner, type PartitionAssigner } from "kafkajs"

/** A member and the partition numbers that it says it owns. */
export interface Member {
  readonly memberId: string
  readonly owned: ReadonlyArray<number>
}

/** Spreads the partition numbers 0 to `count - 1` over the members. */
export const spread = (members: ReadonlyArray<Member>, count: number): ReadonlyMap<string, ReadonlyArray<number>> => {
  const sorted = byMemberId(members)
  const shares = new Map<string, Array<number>>(sorted.map(({ memberId }) => [memberId, []]))
  const free = new Set(Array.from({ length: count }, (_, number) => number))
  const floor = Math.floor(count / sorted.length)
  let above = count % sorted.length // how many members get one more than `floor`
  // those who hold most keep one more first: it moves the fewest
  const keepers = sorted.toSorted((a, b) => b.owned.length - a.owned.length)
  for (const { memberId, owned } of keepers) {
    const share = shares.get(memberId) ?? []
    for (const number of owned.toSorted((a, b) => a - b)) {
      if (!free.has(number)) continue
      if (share.length > floor || (share.length === floor && above === 0)) break
      if (share.length === floor) above--
      share.push(number)
      free.delete(number)
    }
  }
  for (const number of free) {
    // the first of those with the smallest share
    let smallest: Array<number> | undefined
    for (const share of shares.values()) if (smallest === undefined || share.length < smallest.length) smallest = share
    smallest?.push(number)
  }
  for (const share of shares.values()) share.sort((a, b) => a - b)
  return shares
}

/** The one member that gets everything: the one that has it already, else the first. */
export const chooseOne = (members: ReadonlyArray<Member>): string | undefined =>
  (byMemberId(members).find(({ owned }) => owned.length > 0) ?? byMemberId(members)[0])?.memberId

const byMemberId = (members: ReadonlyArray<Member>): ReadonlyArray<Member> =>
  members.toSorted((a, b) => (a.memberId < b.memberId ? -1 : a.memberId > b.memberId ? 1 : 0))

/**
 * The assigner for kafkajs. Under `partition` the tasks are spread; under `all` one member gets every partition of every topic. The two have different names, so
 * that Kafka refuses a group whose members differ in it. `owned` is asked at each join.
 */
export const coPartitionAssigner =
  (scope: "partition" | "all", owned: () => ReadonlyArray<number>): PartitionAssigner =>
  ({ cluster }) => {
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
          userData: Buffer.from(JSON.stringify(owned()))
        })
      }),
      assign: async ({ members, topics }) => {
        const decoded = members.map(({ memberId, memberMetadata }) => ({ memberId, owned: ownedBy(memberMetadata) }))
        const counts = topics.map((topic) => partitionsOf(topic).length)
        const one = chooseOne(decoded)
        const shares = spread(decoded, Math.min(...counts))
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

/** What a member wrote into its subscription; nothing where it wrote something else. */
const ownedBy = (metadata: Buffer): ReadonlyArray<number> => {
  try {
    const text = kafkajs.AssignerProtocol.MemberMetadata.decode(metadata)?.userData.toString("utf8")
    const parsed: unknown = JSON.parse(text ?? "[]")
    return Array.isArray(parsed) ? parsed.filter((number): number is number => Number.isSafeInteger(number)) : []
  } catch {
    return [] // it only costs stickiness
  }
}

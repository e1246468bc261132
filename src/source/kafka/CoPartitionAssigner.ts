/**
 * Who in the group owns what: partition number p of every topic goes to the same member, as in Kafka Streams. Members differ by one number at most, a member keeps what it has as far as that
 * allows, and of what is free to choose they get alike much to read. The same members with the same holdings and the same logs always give the same assignment.
 */
import kafkajs, { type Assigner, type Cluster, type Logger, type PartitionAssigner } from "kafkajs"

/** A member and the partition numbers that it says it owns. */
export interface Member {
  readonly memberId: string
  readonly owned: ReadonlyArray<number>
}

/** Spreads the partition numbers over the members; `weights` says of each how much there is to read. */
export const spread = (
  members: ReadonlyArray<Member>,
  weights: ReadonlyArray<number>
): ReadonlyMap<string, ReadonlyArray<number>> => {
  const sorted = byMemberId(members)
  const shares = new Map<string, Array<number>>(sorted.map(({ memberId }) => [memberId, []]))
  const free = new Set(weights.keys())
  const weigh = (numbers: ReadonlyArray<number>): number =>
    numbers.reduce((sum, number) => sum + (weights[number] ?? 0), 0)
  const fair = weigh([...free]) / sorted.length
  const floor = Math.floor(weights.length / sorted.length)
  let above = weights.length % sorted.length // how many members get one more than `floor`
  // those who hold most keep one more first: it moves the fewest
  const keepers = sorted.toSorted((a, b) => b.owned.length - a.owned.length)
  for (const { memberId, owned } of keepers) {
    let kept = [...new Set(owned)].filter((number) => free.has(number)).sort((a, b) => a - b)
    const room = kept.length > floor && above > 0 ? floor + 1 : floor
    if (room > floor) above--
    while (kept.length > room) {
      // the one without which the rest is fairest, the last of several
      const off = kept.map((number) => Math.abs(weigh(kept) - (weights[number] ?? 0) - fair))
      const given = off.lastIndexOf(Math.min(...off))
      kept = kept.toSpliced(given, 1)
    }
    shares.set(memberId, kept)
    for (const number of kept) free.delete(number)
  }
  // the heaviest first, to the one with the fewest, the lightest of several
  for (const number of [...free].sort((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0) || a - b)) {
    const [first, ...others] = shares.values()
    others
      .reduce(
        (best, share) =>
          share.length < best.length || (share.length === best.length && weigh(share) < weigh(best)) ? share : best,
        first ?? []
      )
      .push(number)
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
          userData: Buffer.from(JSON.stringify(owned()))
        })
      }),
      assign: async ({ members, topics }) => {
        const decoded = members.map(({ memberId, memberMetadata }) => ({ memberId, owned: ownedBy(memberMetadata) }))
        const counts = topics.map((topic) => partitionsOf(topic).length)
        const one = chooseOne(decoded)
        const shares = spread(decoded, await recordsOf(cluster, logger, topics, Math.min(...counts)))
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

/** How many records the logs of each partition number hold; all alike where the broker does not say. */
const recordsOf = async (
  cluster: Cluster,
  logger: Logger,
  topics: ReadonlyArray<string>,
  count: number
): Promise<ReadonlyArray<number>> => {
  const numbers = [...Array(count).keys()]
  const partitions = numbers.map((partition) => ({ partition }))
  const offsets = async (fromBeginning: boolean): Promise<ReadonlyArray<number>> => {
    const answers = await cluster.fetchTopicsOffset(topics.map((topic) => ({ topic, partitions, fromBeginning })))
    const all = answers.flatMap((answer) => answer.partitions)
    return numbers.map((number) =>
      all.filter(({ partition }) => partition === number).reduce((sum, { offset }) => sum + Number(offset), 0)
    )
  }
  try {
    const [starts, ends] = [await offsets(true), await offsets(false)]
    return numbers.map((number) => (ends[number] ?? 0) - (starts[number] ?? 0))
  } catch (thrown) {
    // it only costs balance
    logger.debug(`Partition sizes unknown; balancing by count: ${String(thrown)}`)
    return numbers.map(() => 1)
  }
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

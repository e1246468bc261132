/**
 * Faults that the tests must find: each turns a named test red. A fault that survives is a hole in
 * the tests.
 */

export interface Mutant {
  readonly file: string
  /** Occurs exactly once in the file. */
  readonly find: string
  readonly replace: string
  /** The fault, in words. */
  readonly fault: string
  readonly test: string
  /** Integration tests need the servers that they start. */
  readonly testFile: string
}

const RECOUNT = {
  testFile: "test/pipeline/Recount.test.ts",
  test: "rows and moments equal a naive recount of the whole log"
}
const SENSITIVITY = {
  testFile: "test/anomaly/Thresholds.test.ts",
  test: "changes of the sensitivity while a task runs give what they gave, after each restart and in a replay over the tables"
}
const OUTBOX = {
  testFile: "test/sink/memory/MemoryStore.test.ts",
  test: "outbox of notifications: memory a moment that later flushes change is sent once to each target, when the target wants it"
}
const INTERLEAVING = {
  testFile: "test/pipeline/Interleaving.test.ts",
  test: "any batching and any interleaving of the partitions gives the same rows, moments and dead letters"
}
const CHAT_MODEL = {
  testFile: "test/sentiment/ChatModel.test.ts",
  test: "the chat model, on texts that are drawn agrees with the recount, which works on strings"
}
const KAFKA_APPEND = {
  testFile: "test/source/kafka/EventWriter.integration.test.ts",
  test: "Appending events to Kafka each event is in the log once and in order, whichever requests and replies are lost"
}
const HAND_OVER = {
  testFile: "test/collect/twitch/Twitch.test.ts",
  test: "the Twitch platform hands over without a gap before the server closes, and reads the old connection to its end"
}
const SLOW_CONSUMER = {
  testFile: "test/collect/twitch/Twitch.test.ts",
  test: "the Twitch platform stops reading while the consumer is slow, and loses nothing"
}
const IDLENESS = {
  testFile: "test/windowing/Idleness.test.ts",
  test: "idleness is proven only by an end offset requested after the timeout"
}
const CUTS = {
  testFile: "test/pipeline/Cuts.test.ts",
  test: "windows that close at once are written once each, whatever the cut after which the worker starts again"
}
const OPERATOR = {
  testFile: "test/windowing/WindowOperator.test.ts",
  test: "the window operator gives each stream's sums and emotes exactly, however many streams and emotes come and go"
}
const WORKER_IDLE = {
  testFile: "test/worker/TaskPool.test.ts",
  test: "the whole worker on memory layers and the test clock closes windows by the clock once every input is idle"
}
const WORKER_RESUME = {
  testFile: "test/worker/TaskPool.test.ts",
  test: "the whole worker on memory layers and the test clock goes on after a stop as if it had never stopped"
}
const DECODER = {
  testFile: "test/decode/Decoder.test.ts",
  test: "decoding agrees with the oracle field by field, and what it accepts it re-encodes and decodes to the same event"
}
const DECODE_FUZZ = {
  testFile: "test/fuzz/decode/Decode.test.ts",
  test: "the decoder, on batches that are drawn returns what its reference returns, for every kind of record"
}

const LIMITS = { testFile: "test/windowing/Limits.test.ts" }
const REACTIONS = {
  testFile: "test/reaction/Reactions.test.ts",
  test: "reactions are what sets and maps count, in every span"
}
const KEPT = {
  testFile: REACTIONS.testFile,
  test: "reactions are what sets and maps count, in spans that are kept from window to window"
}
const QUOTES = {
  testFile: "test/pipeline/Quotes.test.ts",
  test: "the quotes of moments are the same whatever the batches, and after a crash behind any flush"
}
const CONTENT = "test/reaction/Content.test.ts"
const TRANSCRIPT = {
  testFile: "test/reaction/Transcript.test.ts",
  test: "a transcript holds each message that its pane and its stream can pay for, and excerpts keep what was there"
}
const KERNEL = "test/kernel/Kernel.test.ts"
const MOMENTS = "test/anomaly/Moments.test.ts"
const MOOD = "test/anomaly/Mood.test.ts"
const RESTORED = {
  testFile: MOMENTS,
  test: "restored detection gives what the uninterrupted run gives, wherever it is cut"
}

export const mutants: ReadonlyArray<Mutant> = [
  {
    ...QUOTES,
    fault: "a moment loses its quotes if its peak and its last slide are in one flush",
    file: "src/domain/Moment.ts",
    find: "moment.content !== undefined || earlier?.content === undefined ? moment :",
    replace: "moment.content === undefined || earlier?.content === undefined ? moment :"
  },
  {
    testFile: MOMENTS,
    test: "moments quote the chat of each new peak, and of the slide that reports a fall",
    fault: "a moment quotes its last slide instead of its peak",
    file: "src/anomaly/LatestMoments.ts",
    find: "return keepsPeak || slide.content === undefined",
    replace: "return slide.content === undefined"
  },
  {
    ...QUOTES,
    fault: "the messages of a window are those of its reaction span",
    file: "src/windowing/WindowOperator.ts",
    find: "this.#transcript?.evictBefore(this.#windows.firstPane(nextEndMs))",
    replace: "this.#transcript?.evictBefore(this.#windows.firstPane(nextEndMs, this.#spanMs))"
  },
  {
    ...TRANSCRIPT,
    fault: "an excerpt holds messages that came after its window closed",
    file: "src/reaction/Transcript.ts",
    find: "pane.upTo(last)",
    replace: "pane.upTo(last + 1)"
  },
  {
    ...TRANSCRIPT,
    fault: "one stream may take the messages of a whole pane",
    file: "src/reaction/PaneTranscript.ts",
    find: "|| ofStream > limits.stream",
    replace: "|| ofStream > limits.pane"
  },
  {
    testFile: CONTENT,
    test: "sample messages are of different people, and each adds a word or class",
    fault: "a person is quoted twice",
    file: "src/reaction/Content.ts",
    find: "messages.find(({ user }) => !people.has(user))",
    replace: "messages.find(() => people.size < Infinity)"
  },
  {
    testFile: CONTENT,
    test: "sample messages take the earliest message of a text, then the first text and user by code unit",
    fault: "of messages at one time the first that arrived is quoted",
    file: "src/reaction/Content.ts",
    find: "a.timeMs - b.timeMs || byCodeUnit(a.text, b.text) || byCodeUnit(a.user, b.user)",
    replace: "a.timeMs - b.timeMs"
  },
  {
    testFile: CONTENT,
    test: "words and emotes that rose are at least three, and twice what the rest of the window makes expect",
    fault: "the time before is not scaled to the span",
    file: "src/reaction/Rising.ts",
    find: "* spanMs) / restMs",
    replace: "* spanMs) / spanMs"
  },
  {
    ...REACTIONS,
    fault: "unison counts messages instead of people",
    file: "src/reaction/Agreement.ts",
    find: "if (last === person) continue",
    replace: "if (last === -1) continue"
  },
  {
    testFile: REACTIONS.testFile,
    test: "reactions take the strongest score of a text whose messages differ, and the positive one among equals",
    fault: "the mood of a text is that of its message that came last",
    file: "src/reaction/Texts.ts",
    find: "distance > 0 || (distance === 0 && score > mood)",
    replace: "distance > 0 || score !== mood"
  },
  {
    testFile: REACTIONS.testFile,
    test: "reactions distinguish users and words with equal hashes",
    fault: "users of one hash are one person",
    file: "src/reaction/StreamSpan.ts",
    find: "if (numbers[userA] !== numbers[userB++]) return false",
    replace: "if (numbers[userA] !== numbers[userB++]) return true"
  },
  {
    testFile: REACTIONS.testFile,
    test: "reactions are the same after the vocabulary was renewed",
    fault: "messages keep the numbers of a vocabulary that was renewed",
    file: "src/reaction/Reactions.ts",
    find: "for (const messages of this.#panes.values()) messages.renumber(numberOf)",
    replace: "for (const messages of this.#free) messages.renumber(numberOf)"
  },
  {
    testFile: REACTIONS.testFile,
    test: "reactions count only people and messages below five people",
    fault: "the messages of few people are a reaction",
    file: "src/reaction/Reactions.ts",
    find: "people >= NAMED_PEOPLE ?",
    replace: "people >= 2 ?"
  },
  {
    ...KEPT,
    fault: "a kept span misses messages that were late for an earlier window",
    file: "src/reaction/KeptSpan.ts",
    find: "if (counts[pane] !== this.#counts[leaving + pane]) return 0",
    replace: "if (counts[pane] !== this.#counts[leaving + pane]) return kept"
  },
  {
    ...KEPT,
    fault: "a kept span counts a word for each message of a person",
    file: "src/reaction/WordPeople.ts",
    find: "if (this.#visits[number] === this.#visit) return",
    replace: "if (this.#visits[number] === -1) return"
  },
  {
    ...KEPT,
    fault: "words of messages that have left a kept span still count",
    file: "src/reaction/SlidingSpan.ts",
    find: "this.#countWords(user, from, end, -1)",
    replace: "this.#countWords(user, from, end, 0)"
  },
  {
    testFile: "test/anomaly/Usual.test.ts",
    test: "what is usual hardly moves with a spike, however high",
    fault: "spikes are learned whole",
    file: "src/anomaly/Usual.ts",
    find: "const residual = Math.min(Math.max(value - mean, -most), most)",
    replace: "const residual = Math.min(value - mean, Math.max(value - mean, -most))"
  },
  {
    testFile: MOMENTS,
    test: "moments are held back by a recent one unless they are stronger",
    fault: "nothing holds a weaker moment back",
    file: "src/anomaly/Moments.ts",
    find: "(score > held || this.#canJoin(place, name, slide.endMs))",
    replace: "(score > 0 * held || this.#canJoin(place, name, slide.endMs))"
  },
  {
    testFile: MOOD,
    test: "a turn of the mood is measured in deviations of the stream's own scores",
    fault: "moods of every stream are measured by the same spread",
    file: "src/anomaly/Strengths.ts",
    find: "const spread = known === 0 ? FIRST_SPREAD : known",
    replace: "const spread = known === 0 ? FIRST_SPREAD : FIRST_SPREAD"
  },
  {
    testFile: MOOD,
    test: "a turn of the mood is not a change that is sure but too small to notice",
    fault: "a mood that is surely another is a turn, however small",
    file: "src/anomaly/Strengths.ts",
    find: "if (Math.abs(value - usual) < MOOD_CHANGE * spread) return undefined\n",
    replace: ""
  },
  {
    testFile: MOOD,
    test: "a turn of the mood is neither its end nor its return to what was usual minutes before",
    fault: "nothing holds the return of a mood back",
    file: "src/anomaly/Moments.ts",
    find: "const MOOD_HOLD = 2",
    replace: "const MOOD_HOLD = 0"
  },
  {
    testFile: MOOD,
    test: "a turn of the mood is not what chance does in hours of one tone, in few texts or many",
    fault: "the first mood of a stream is taken for certain",
    file: "src/anomaly/Strengths.ts",
    find: "numbers[place + MOOD + 1] = error / 2",
    replace: "numbers[place + MOOD + 1] = error / 2000"
  },
  {
    testFile: MOMENTS,
    test: "moments are no falls at the end of a stream, nor in a decline",
    fault: "a decline over minutes is a loss of viewers",
    file: "src/anomaly/Falls.ts",
    find: "if (viewers.score > -threshold || !isSudden) return undefined",
    replace: "if (viewers.score > -threshold || (!isSudden && false)) return undefined"
  },
  {
    testFile: MOMENTS,
    test: "moments find what people shout after the chat has fallen to a fraction",
    fault: "what is usual never follows a chat down",
    file: "src/anomaly/Lull.ts",
    find: "if (usual <= most || value > most) return",
    replace: "if (usual <= most || value >= 0) return"
  },
  {
    testFile: "test/anomaly/Lull.test.ts",
    test: "what is usual in a lull keeps the share that the deviation has of the mean",
    fault: "a lull widens the deviation",
    file: "src/anomaly/Lull.ts",
    find: "if (value < LULL * mean)",
    replace: "if (value < 0 * LULL * mean)"
  },
  {
    testFile: MOMENTS,
    test: "moments are no return of a chat from a lull",
    fault: "people who come back are a rise",
    file: "src/anomaly/Lull.ts",
    find: "people.score <= RETURN_MOST ||",
    replace: "people.score >= 0 ||"
  },
  {
    testFile: "test/anomaly/Lull.test.ts",
    test: "a lull is followed at rows, not at slides without row",
    fault: "a chat that is just back pulls what is usual down",
    file: "src/anomaly/Lull.ts",
    find: " || value > most",
    replace: ""
  },
  {
    testFile: MOMENTS,
    test: "moments report a silence of some minutes in a small chat, one that some people break for a moment too",
    fault: "the score of a silence does not grow with its length",
    file: "src/anomaly/Falls.ts",
    find: " * Math.sqrt(lengthMs / spanMs)",
    replace: " * Math.sqrt(lengthMs / lengthMs + 0 * spanMs)"
  },
  {
    testFile: MOMENTS,
    test: "moments exclude a silence that is short for a small chat, a chat at a fifth of its pace, and a slow return",
    fault: "a chat that comes back slowly was silent",
    file: "src/anomaly/Falls.ts",
    find: "slide.endMs - stirMs <= spanMs",
    replace: "slide.endMs - stirMs <= 60 * spanMs"
  },
  {
    testFile: MOMENTS,
    test: "moments know a stream from its last broadcast",
    fault: "a new broadcast starts from nothing",
    file: "src/anomaly/Moments.ts",
    find: "numbers[place + SLIDES] = REMEMBERED_SLIDES",
    replace: "numbers.fill(0, place, place + WIDTH)"
  },
  {
    ...RESTORED,
    fault: "the baselines of a stream are restored without their last number",
    file: "src/anomaly/Baselines.ts",
    find: "this.numbers.set(numbers, place)",
    replace: "this.numbers.set(numbers.slice(0, -1), place)"
  },
  {
    ...RESTORED,
    fault: "a baseline is not stored again after its first time",
    file: "src/anomaly/DueBaselines.ts",
    find: "      this.#slots[number] = STORED\n    }\n",
    replace: "      this.#slots[number] = STORED - 1\n    }\n"
  },
  {
    ...RESTORED,
    fault: "a slide that a stored baseline holds is learned again",
    file: "src/anomaly/Moments.ts",
    find: "if (this.baselines.at(place, END) >= slide.endMs) return false\n",
    replace: ""
  },
  {
    ...RECOUNT,
    fault: "a moment goes on below half the threshold",
    file: "src/anomaly/Moments.ts",
    find: "chat >= ofChat / 2",
    replace: "chat >= ofChat / 4"
  },
  {
    ...SENSITIVITY,
    fault: "a version applies one window too early after a restart",
    file: "src/anomaly/Thresholds.ts",
    find: "due = this.#pending.filter(({ fromEndMs }) => fromEndMs < endMs)",
    replace: "due = this.#pending"
  },
  {
    testFile: "test/pipeline/Flushes.test.ts",
    test: "flushes hold the versions of the sensitivity of their elements, once, and go without anything else",
    fault: "a version of the sensitivity is applied and not stored with its flush",
    file: "src/pipeline/FlushBuilder.ts",
    find: "...(sensitivity.length === 0 ? {} : { sensitivity }),",
    replace: ""
  },
  {
    testFile: "test/pipeline/Flushes.test.ts",
    test: "flushes hold the versions of the sensitivity of their elements, once, and go without anything else",
    fault: "a quiet task never stores the version that it applies",
    file: "src/pipeline/FlushBuilder.ts",
    find: " || sensitivity.length > 0",
    replace: ""
  },
  {
    testFile: "test/pipeline/TaskState.test.ts",
    test: "the restored state of a task applies a new version after the windows of which rows are written, although others are missing",
    fault: "after a restart a version applies to a window that is partly written",
    file: "src/pipeline/TaskState.ts",
    find: "emitted?.endMs ?? watermarkMs)",
    replace: "watermarkMs)"
  },
  {
    ...SENSITIVITY,
    fault: "a version that a restart needs for the last slides is left out",
    file: "src/domain/Sensitivity.ts",
    find: "applied.slice(Math.max(0, first))",
    replace: "applied.slice(Math.max(0, first + 1))"
  },
  {
    testFile: "test/anomaly/Thresholds.test.ts",
    test: "a threshold applies to windows that end after those that were judged, in part or as a whole",
    fault: "a version applies to the rest of a window that is written in part",
    file: "src/anomaly/Detection.ts",
    find: "Math.max(this.#reachedMs, watermarkMs, last?.endMs ?? watermarkMs)",
    replace: "Math.max(this.#reachedMs, watermarkMs)"
  },
  {
    testFile: "test/anomaly/Thresholds.test.ts",
    test: "a threshold for raids decides about the part that joins",
    fault: "a part that makes a moment a raid is judged as if alone",
    file: "src/anomaly/Moments.ts",
    find: 'const ofChat = this.#joins(place, "viewers", slide.endMs) ? thresholds.raid : thresholds.chat_spike',
    replace: "const ofChat = thresholds.chat_spike"
  },
  {
    ...RECOUNT,
    fault: "a moment goes on across a missing row",
    file: "src/anomaly/Moments.ts",
    find: "return endMs === this.baselines.at(place, MOMENT_END) + this.#tempo.slideMs",
    replace: "return endMs <= this.baselines.at(place, MOMENT_END) + 3 * this.#tempo.slideMs"
  },
  {
    ...RECOUNT,
    fault: "no floor under the scale of people",
    file: "src/anomaly/Usual.ts",
    find: "const PEOPLE_FLOOR = 1.6",
    replace: "const PEOPLE_FLOOR = 0.1"
  },
  {
    ...RECOUNT,
    fault: "the chat's score is learned before it is judged",
    file: "src/anomaly/Strengths.ts",
    find: "const usualMessages = number(numbers, place + MESSAGES)\n",
    replace:
      "const usualMessages = number(numbers, place + MESSAGES)\n  learn(numbers, place + PEOPLE, people.value, people.deviation, known, tempo.gain)\n"
  },
  {
    ...RECOUNT,
    fault: "a quote repeats what others said",
    file: "src/reaction/Content.ts",
    find: "if ([...topics].every((topic) => known.has(topic))) continue",
    replace: "if (topics.size === 0) continue"
  },
  {
    ...RECOUNT,
    fault: "quotes stay when the moment has a greater peak",
    file: "src/domain/Moment.ts",
    find: "moment.content !== undefined || earlier?.content === undefined ? moment :",
    replace: "earlier?.content === undefined ? moment :"
  },
  {
    ...RECOUNT,
    fault: "a reaction span is its last pane",
    file: "src/windowing/WindowOperator.ts",
    find: "this.#reactions.open(this.#windows.firstPane(endMs, this.#spanMs), last)",
    replace: "this.#reactions.open(last, last)"
  },
  {
    ...RECOUNT,
    fault: "a viewer sample is in two slides",
    file: "src/windowing/WindowOperator.ts",
    find: "const slideFirst = this.#windows.firstPane(endMs, this.#windows.slideMs)",
    replace: "const slideFirst = this.#windows.firstPane(endMs, 2 * this.#windows.slideMs)"
  },
  {
    ...RECOUNT,
    fault: "a baseline is stored with a row of the slide that is not over",
    file: "src/anomaly/Detection.ts",
    find: "store(summary.endMs - this.#slideMs)",
    replace: "store(summary.endMs)"
  },
  {
    ...RECOUNT,
    fault: "a window counts as open at its very end",
    file: "src/windowing/WindowOperator.ts",
    find: "if (limitMs < this.#nextEndMs) return\n",
    replace: "if (limitMs <= this.#nextEndMs) return\n"
  },
  {
    ...RECOUNT,
    fault: "the task's watermark is the maximum of the inputs'",
    file: "src/windowing/Watermarks.ts",
    find: "minimum = Math.min(minimum, mark.ownMs)",
    replace: "minimum = minimum === Number.POSITIVE_INFINITY ? mark.ownMs : Math.max(minimum, mark.ownMs)"
  },
  {
    testFile: KERNEL,
    test: "the kernel ends words and scores as the scanner and the model do, at every length",
    fault: "scores are added up as fractions",
    file: "src/sentiment/BaselineModel.ts",
    find: "Math.round(((positive - negative) / hits) * 1_000_000)",
    replace: "((positive - negative) / hits) * 1_000_000"
  },
  {
    ...CHAT_MODEL,
    fault: "a message that holds one number among other words is a vote",
    file: "src/sentiment/ChatModel.ts",
    find: "if (numbers === tokens && numbers > 0)",
    replace: "if (numbers > 0)"
  },
  {
    ...CHAT_MODEL,
    fault: "an emote counts each time that a message has it",
    file: "src/sentiment/Tally.ts",
    find: "    this.#seen[this.#distinct++] = entry\n",
    replace: ""
  },
  {
    ...CHAT_MODEL,
    fault: "a negation reaches beyond punctuation",
    file: "src/sentiment/Tally.ts",
    find: "    this.#sinceNegation = REACH\n    this.#refusal = 0\n",
    replace: "    this.#refusal = 0\n"
  },
  {
    ...CHAT_MODEL,
    fault: "a message's sarcasm stays for the next one",
    file: "src/sentiment/Tally.ts",
    find: "    this.#isSarcastic = false\n",
    replace: ""
  },
  {
    ...CHAT_MODEL,
    fault: "a name behind `exact` counts in any letter case",
    file: "src/sentiment/Lexicon.ts",
    find: "if (spelling === NONE || holds(raw, start, length, spelling)) return number",
    replace: "if (spelling === NONE || start >= 0) return number"
  },
  {
    ...RECOUNT,
    fault: "the first window that holds a pane is one slide early",
    file: "src/windowing/SlidingWindows.ts",
    find: "const firstEndOfPane = (pane: number): number => endAtOrBefore(pane * paneMs) + slideMs",
    replace: "const firstEndOfPane = (pane: number): number => endAtOrBefore(pane * paneMs)"
  },
  {
    ...INTERLEAVING,
    fault: "a late event gets into the window that is about to close",
    file: "src/windowing/TaskWindows.ts",
    find: "if (limitMs >= nextEndMs) return event",
    replace: ""
  },
  {
    ...RECOUNT,
    fault: "a late event that belongs to the running sum misses it",
    file: "src/windowing/PaneSums.ts",
    find: "if (this.#selectedPane <= this.#last) this.#addToWindow(this.#selectedKey * this.#width + sum, amount)",
    replace: ""
  },
  {
    ...RECOUNT,
    fault: "a chatter counts for the pane that was reached last, not for the newest",
    file: "src/windowing/ChatterTable.ts",
    find: "if (pane <= before) return",
    replace: ""
  },
  {
    ...RECOUNT,
    fault: "chatters of two inputs are added instead of united",
    file: "src/windowing/TaskWindows.ts",
    find: "severalChats ? undefined : settings.topEmotes",
    replace: "settings.topEmotes"
  },
  {
    ...RECOUNT,
    fault: "ties among emotes go by locale",
    file: "src/windowing/TopEmotes.ts",
    find: "countB - countA || byCodeUnit(emoteA, emoteB)",
    replace: "countB - countA || emoteA.localeCompare(emoteB)"
  },
  {
    ...RECOUNT,
    fault: "one emote too many",
    file: "src/windowing/TopEmotes.ts",
    find: "if (top.length > limit) top.pop()",
    replace: "if (top.length > limit + 1) top.pop()"
  },
  {
    testFile: "test/domain/CodeUnits.test.ts",
    test: "a search in names by code unit finds the first place with a greater name, in any range",
    fault: "a search for the first greater name finds an equal one",
    file: "src/domain/CodeUnits.ts",
    find: "if (nameAt(middle) <= name)",
    replace: "if (nameAt(middle) < name)"
  },
  {
    testFile: "test/reaction/Leaders.test.ts",
    test: "leaders have the greatest count of at least two, whatever the leaders before",
    fault: "leaders of earlier counts stay leaders",
    file: "src/reaction/Leaders.ts",
    find: "    this.clear()\n",
    replace: ""
  },
  {
    ...RECOUNT,
    fault: "an emote counts once in a window",
    file: "src/windowing/TopEmotes.ts",
    find: "counts: top.map(([, count]) => count)",
    replace: "counts: top.map(() => 1)"
  },
  {
    ...RECOUNT,
    fault: "streams that are gone stay in the order of streams",
    file: "src/windowing/WindowOperator.ts",
    find: "if (this.#streams.size < before) this.#order.keep(isHeld)",
    replace: ""
  },
  {
    ...RECOUNT,
    fault: "rates are per minute",
    file: "src/windowing/WindowJoin.ts",
    find: "(chatCount * 1000) / this.#windows.sizeMs",
    replace: "(chatCount * 60_000) / this.#windows.sizeMs"
  },
  {
    ...RECOUNT,
    fault: "no viewers are zero viewers",
    file: "src/windowing/WindowJoin.ts",
    find: "viewerSamples === 0 ? null",
    replace: "viewerSamples === 0 ? 0"
  },
  {
    testFile: "test/decode/Decoder.test.ts",
    test: "decoding accepts an event exactly as far ahead of record and clock as allowed, and none further",
    fault: "an event exactly as far ahead as allowed is dead",
    file: "src/decode/Decoder.ts",
    find: "timeMs - settings.maxFutureSkewMs > Math.min(recordMs, clockMs)",
    replace: "timeMs - settings.maxFutureSkewMs >= Math.min(recordMs, clockMs) - 1"
  },
  {
    testFile: KERNEL,
    test: "the kernel leaves records without value, with too many bytes, and from the future",
    fault: "the kernel ignores the log's own time of a record",
    file: "src/kernel/Kernel.ts",
    find: "if (limits.isByRecord)",
    replace: "if (limits.maxBytes < 0)"
  },
  {
    testFile: KERNEL,
    test: "the kernel reads a batch larger than its memory part by part, up to the last byte of the memory",
    fault: "a part of a batch lacks its last byte",
    file: "src/kernel/Kernel.ts",
    find: "bytes.subarray(first, last)",
    replace: "bytes.subarray(first, last - 1)"
  },
  {
    testFile: "test/fuzz/decode/Decode.test.ts",
    test: "the decoder, on batches that are drawn returns what its reference returns, for every kind of record",
    fault: "texts without their escapes overwrite each other",
    file: "src/domain/EventColumnsBuilder.ts",
    find: "    this.#byteCount = room\n",
    replace: ""
  },
  {
    testFile: KERNEL,
    test: "the kernel accepts UTF-8 as Node does",
    fault: "overlong UTF-8 passes",
    file: "src/kernel/assembly/Texts.ts",
    find: "if (first < 0xc2 || ",
    replace: "if ("
  },
  {
    testFile: KERNEL,
    test: "the kernel accepts UTF-8 as Node does",
    fault: "bytes beyond ASCII in a text's last vector go unchecked",
    file: "src/kernel/assembly/Texts.ts",
    find: "(found - 1) & ~found)) != 0",
    replace: "0)) != 0"
  },
  {
    testFile: KERNEL,
    test: "the kernel accepts UTF-8 as Node does",
    fault: "bytes beyond ASCII in a text's first vectors go unchecked",
    file: "src/kernel/assembly/Texts.ts",
    find: "beyond |= i8x16.bitmask(bytes)",
    replace: "beyond = i8x16.bitmask(bytes)"
  },
  {
    testFile: KERNEL,
    test: "the kernel completes no character by the bytes of a text that it has left",
    fault: "bytes of an earlier text complete a character",
    file: "src/kernel/assembly/Texts.ts",
    find: "  store<u8>(to, 0)\n",
    replace: ""
  },
  {
    testFile: KERNEL,
    test: "the kernel reads every escape, and leaves what is none",
    fault: "any escape follows a high surrogate",
    file: "src/kernel/assembly/Texts.ts",
    find: "(low & 0xfc00) != 0xdc00",
    replace: "low < 0"
  },
  {
    testFile: KERNEL,
    test: "the kernel takes any text whose characters beyond ASCII are escaped, unless the parser changes it",
    fault: "a text without its escapes overwrites the one before",
    file: "src/kernel/assembly/Texts.ts",
    find: "if (isUsed) side = textEnd",
    replace: "if (!isUsed) side = textEnd"
  },
  {
    testFile: KERNEL,
    test: "the kernel takes any text whose characters beyond ASCII are escaped, unless the parser changes it",
    fault: "the first text without its escapes has a position in the input",
    file: "src/kernel/assembly/Describe.ts",
    find: "address < SIDE ?",
    replace: "address <= SIDE ?"
  },
  {
    testFile: KERNEL,
    test: "the kernel reads numbers and literals as the scanner does",
    fault: "numbers of any length pass",
    file: "src/kernel/assembly/Skip.ts",
    find: "at - from > MAX_DIGITS || ",
    replace: ""
  },
  {
    testFile: KERNEL,
    test: "the kernel reads numbers and literals as the scanner does",
    fault: "the end of the accepted times is an accepted time",
    file: "src/kernel/assembly/Times.ts",
    find: "time < LATEST_MS ?",
    replace: "time <= LATEST_MS ?"
  },
  {
    testFile: KERNEL,
    test: "the kernel reads numbers and literals as the scanner does",
    fault: "any word that begins as false does is a literal",
    file: "src/kernel/assembly/Skip.ts",
    find: "load<u8>(at, 4) == 0x65 ? at + 5 : 0",
    replace: "true ? at + 5 : 0"
  },
  {
    testFile: KERNEL,
    test: "the kernel reads numbers and literals as the scanner does",
    fault: "a message may be a number",
    file: "src/kernel/assembly/Scan.ts",
    find: "!isPresent(TEXT) || isInteger(TEXT)",
    replace: "!isPresent(TEXT)"
  },
  {
    testFile: KERNEL,
    test: "the kernel leaves records without value, with too many bytes, and from the future",
    fault: "a record of exactly the greatest size is left",
    file: "src/kernel/assembly/Scan.ts",
    find: "to - from <= maxBytes",
    replace: "to - from < maxBytes"
  },
  {
    testFile: KERNEL,
    test: "the kernel takes chat in any script whole",
    fault: "the byte behind a record is not restored",
    file: "src/kernel/assembly/Scan.ts",
    find: "      store<u8>(to, behind)\n",
    replace: ""
  },
  {
    testFile: KERNEL,
    test: "the kernel keeps the first emotes, and counts the others",
    fault: "an event has one emote too many",
    file: "src/kernel/assembly/Scan.ts",
    find: "emote + EMOTE * MAX_EMOTES",
    replace: "emote + EMOTE * (MAX_EMOTES + 1)"
  },
  {
    testFile: KERNEL,
    test: "the kernel keeps the first emotes, and counts the others",
    fault: "the hash of an empty text takes the bytes before it",
    file: "src/kernel/assembly/Describe.ts",
    find: "length == 0 ? 0 : (eight",
    replace: "(eight"
  },
  {
    testFile: KERNEL,
    test: "the kernel takes chat in any script whole",
    fault: "the hash of a long text takes bytes before it",
    file: "src/kernel/assembly/Describe.ts",
    find: "min(at - start, 8)",
    replace: "8"
  },
  {
    testFile: KERNEL,
    test: "the kernel ends words and scores as the scanner and the model do, at every length",
    fault: "a text that ends at a vector's last byte has no last word",
    file: "src/kernel/assembly/Describe.ts",
    find: "if (to - block < 16) blanks",
    replace: "if (to - block < 15) blanks"
  },
  {
    testFile: KERNEL,
    test: "the kernel reads only the first words, and cuts no character",
    fault: "the last word that counts ends within a character",
    file: "src/kernel/assembly/Describe.ts",
    find: "  while ((load<u8>(end) & 0xc0) == 0x80) end--\n",
    replace: ""
  },
  {
    testFile: KERNEL,
    test: "the kernel reads only the first words, and cuts no character",
    fault: "an empty word lies behind the bytes that count",
    file: "src/kernel/assembly/Describe.ts",
    find: "start < wordsEnd",
    replace: "start <= wordsEnd"
  },
  {
    testFile: KERNEL,
    test: "the kernel numbers the emotes and words of a part from the given numbers on",
    fault: "the emotes of a part begin at number 0",
    file: "src/kernel/assembly/Scan.ts",
    find: "store<i32>(row, firstEmote + load<i32>(EMOTE_COUNT), 44)",
    replace: "store<i32>(row, load<i32>(EMOTE_COUNT), 44)"
  },
  {
    testFile: KERNEL,
    test: "the kernel keeps the first emotes, and counts the others",
    fault: "the memory has too little room for emotes",
    file: "src/kernel/assembly/Memory.ts",
    find: "EMOTE * (MAX_INPUT / 3 + 1)",
    replace: "EMOTE * (MAX_INPUT / 30 + 1)"
  },
  {
    testFile: "test/kernel/Shapes.test.ts",
    test: "the kernel, with shapes of producers returns the event that the parser returns, or leaves the record",
    fault: "the first of repeated mapped members counts",
    file: "src/kernel/assembly/Scan.ts",
    find: "if ((seen & bit) != 0) return 0",
    replace: "if ((seen & bit) != 0) field = UNKNOWN"
  },
  {
    testFile: "test/kernel/Shapes.test.ts",
    test: "the kernel, with shapes of producers took many records of every mapping, and more than half of those that are events",
    fault: "a mapped key equals every key that begins like it",
    file: "src/kernel/assembly/Fields.ts",
    find: "length <= 8 || memory.compare(start + 8, load<i32>(entry, 12) + 8, length - 8) == 0",
    replace: "true"
  },
  {
    testFile: "test/kernel/Shapes.test.ts",
    test: "the kernel, with shapes of producers returns the event that the parser returns, or leaves the record",
    fault: "a fraction that rounds up to the next millisecond is cut off",
    file: "src/kernel/assembly/Times.ts",
    find: "micros % 1000 == 999 ? NaN",
    replace: "micros < 0 ? NaN"
  },
  {
    testFile: "test/kernel/Shapes.test.ts",
    test: "the kernel, with shapes of producers returns the event that the parser returns, or leaves the record",
    fault: "the envelope is unwrapped although pointers name its members",
    file: "src/kernel/assembly/Scan.ts",
    find: "keepsEnvelope ? 0 : payloadOf(at)",
    replace: "payloadOf(at)"
  },
  {
    testFile: "test/kernel/Shapes.test.ts",
    test: "the kernel, with shapes of producers returns the event that the parser returns, or leaves the record",
    fault: "any first byte is a registry's prefix",
    file: "src/kernel/assembly/Scan.ts",
    find: "to - from > PREFIX_BYTES && load<u8>(from) == 0 ?",
    replace: "to - from > PREFIX_BYTES && load<u8>(from) < 2 ?"
  },
  {
    testFile: "test/decode/Shapes.test.ts",
    test: "a wrapped value is unwrapped once, and not searched",
    fault: "envelopes are unwrapped as often as they occur",
    file: "src/domain/Wrapping.ts",
    find: "isWrapped = false\n",
    replace: "isWrapped = true\n"
  },
  {
    testFile: "test/decode/Shapes.test.ts",
    test: "a wrapped value is unwrapped once, and not searched",
    fault: "an envelope may have further members",
    file: "src/domain/Wrapping.ts",
    find: " && Object.keys(json).length === 2",
    replace: ""
  },
  {
    testFile: "test/decode/Shapes.test.ts",
    test: "a mapped field has no second spelling, and is absent if nothing is there",
    fault: "the future guard names the built-in field",
    file: "src/decode/Decoder.ts",
    find: 'map?.time ?? "timestamp"',
    replace: '"timestamp"'
  },
  {
    testFile: "test/decode/Shapes.test.ts",
    test: "a time has the unit of its size",
    fault: "decimal seconds are cut off as doubles",
    file: "src/decode/Timestamp.ts",
    find: "Math.floor(Math.round(v * 1e6) / 1000)",
    replace: "Math.floor(v * 1000)"
  },
  {
    testFile: "test/decode/Shapes.test.ts",
    test: "a mapped field is read under the mapping of the first reading, also in a batch that crosses a change",
    fault: "records that are read again have the present mapping",
    file: "src/decode/BatchDecoder.ts",
    find: "const terms = { settings,",
    replace: "const terms = { settings: { ...settings, fields: now.fields ?? {} },"
  },
  {
    testFile: "test/domain/Hash.test.ts",
    test: "the hash of texts is another one in another process",
    fault: "texts can be crafted to collide",
    file: "src/domain/Hash.ts",
    find: "crypto.getRandomValues(new Int32Array(6))",
    replace: "Int32Array.of(1, 2, 3, 4, 5, 6)"
  },
  {
    ...RECOUNT,
    fault: "late events are not counted",
    file: "src/windowing/TaskWindows.ts",
    find: "late++",
    replace: "late += 0"
  },
  {
    ...RECOUNT,
    fault: "an idle input wakes by any event",
    file: "src/windowing/Watermarks.ts",
    find: "mark.ownMs > this.#taskMs - this.#sizeMs",
    replace: "true"
  },
  {
    testFile: "test/domain/OffsetRuns.test.ts",
    test: "OffsetRuns holds what was appended, at every border",
    fault: "the first offset of a run is not in it",
    file: "src/domain/OffsetRuns.ts",
    find: "#boundAt(middle) <= offset)",
    replace: "#boundAt(middle) < offset)"
  },
  {
    ...IDLENESS,
    fault: "an end offset requested before the timeout proves idleness",
    file: "src/windowing/Idleness.ts",
    find: "requestedAtMs - activity.raisedAtMs >= this.#timeoutMs",
    replace: "requestedAtMs - activity.raisedAtMs >= 0"
  },
  {
    ...WORKER_IDLE,
    fault: "the clock moves the watermark without the delay",
    file: "src/windowing/TaskWindows.ts",
    find: "tick.clockMs - this.#settings.read.watermarkDelayMs",
    replace: "tick.clockMs"
  },
  {
    ...WORKER_RESUME,
    fault: "reading starts again where it ended instead of at the re-read offset",
    file: "src/windowing/RereadIndex.ts",
    find: "else if (point.offset < lowest.offset) lowest = point",
    replace: ""
  },
  {
    testFile: "test/worker/TaskPool.test.ts",
    test: "the whole worker on memory layers and the test clock counts a backlog that has come while every input was idle and no worker ran, whatever the size of the batches",
    fault: "an input that was idle stays so in spite of its backlog",
    file: "src/pipeline/CheckpointUpdate.ts",
    find: "active: input.active || input.nextOffset < present(ends[index], ONE_PER_INPUT)",
    replace: "active: input.active"
  },
  {
    testFile: "test/worker/TaskPool.test.ts",
    test: "the whole worker on memory layers and the test clock gives its assignment up only after the last flush",
    fault: "the group is left before the last flush",
    file: "src/worker/TaskPool.ts",
    find: "Effect.forEach([...runs.values()], end))),\n    Effect.andThen(FiberSet.awaitEmpty(fibers))",
    replace: "Effect.forEach([...runs.values()], end)))"
  },
  {
    testFile: "test/worker/TaskPool.test.ts",
    test: "the whole worker on memory layers and the test clock leaves a task alone that stays, ends one that goes, and begins one that comes",
    fault: "a rebalance takes every task over again",
    file: "src/worker/TaskPool.ts",
    find: "if (run === undefined || Deferred.isDoneUnsafe(run.stop)) yield* begin(task, run)",
    replace: "yield* begin(task, run)"
  },
  {
    testFile: "test/pipeline/OpenTransactions.test.ts",
    test: "a task with open transactions counts an idle input again as soon as a transaction is open in it, so that nothing in it is late",
    fault: "an idle input stays idle while a transaction is open in it",
    file: "src/windowing/TaskWindows.ts",
    find: "for (const input of tick.openTransactions) this.#marks.setActive(input)",
    replace: ""
  },
  {
    testFile: "test/pipeline/OpenTransactions.test.ts",
    test: "a task with open transactions calls no input idle while a transaction is open, though all before it is read",
    fault: "an input with an open transaction may become idle",
    file: "src/windowing/TaskWindows.ts",
    find: "&& !this.#openTransactions.includes(input)",
    replace: ""
  },
  {
    testFile: "test/source/kafka/TaskReader.test.ts",
    test: "TaskReader returns records without the passing of time, whenever they arrive",
    fault: "a read waits although records arrived after it had found none",
    file: "src/source/kafka/TaskReader.ts",
    find: "      // Records may have arrived since the poll.\n      this.#resumeIfReady()\n",
    replace: ""
  },
  {
    testFile: "test/source/kafka/Responses.test.ts",
    test: "the responses of a connection may be larger than that",
    fault: "a response loses its first bytes when its memory grows",
    file: "src/source/kafka/Responses.ts",
    find: "room.set(this.#room)",
    replace: ""
  },
  {
    testFile: "test/domain/EventColumnsBuilder.test.ts",
    test: "columns of events use the arrays of released columns, and hold only their own events",
    fault: "columns begin with the events of released ones",
    file: "src/domain/EventColumnsBuilder.ts",
    find: "    this.#count = 0\n    this.#emoteCount = 0",
    replace: "    this.#emoteCount = 0"
  },
  {
    testFile: "test/source/kafka/PartitionBuffer.test.ts",
    test: "PartitionBuffer lets those that wait for room unpack in their order, and one that is larger than the room alone",
    fault: "batches are unpacked whatever room there is",
    file: "src/source/kafka/ReadMemory.ts",
    find: "this.#unpacked + bytes <= this.limits.unpackedBytes",
    replace: "true"
  },
  {
    testFile: "test/source/kafka/Codecs.test.ts",
    test: "what a batch may unpack to is bounded to the byte for LZ4",
    fault: "lz4 unpacks without a bound",
    file: "src/source/kafka/Codecs.ts",
    find: 'if (unpacksToMore(bytes, maxBytes)) throw new UnpackedSizeError("lz4", maxBytes)',
    replace: ""
  },
  {
    testFile: "test/windowing/Gaps.test.ts",
    test: "gaps stay what they were when they are found again, as after a restart",
    fault: "a gap that is known is recorded again",
    file: "src/windowing/Gaps.ts",
    find: "if (!isKnown) this.#replace",
    replace: "this.#replace"
  },
  {
    testFile: "test/source/kafka/CoPartitionAssigner.test.ts",
    test: "CoPartitionAssigner balances the records to read, within equal numbers and kept partitions",
    fault: "the lightest partitions are assigned first",
    file: "src/source/kafka/CoPartitionAssigner.ts",
    find: "weightOf(b) - weightOf(a)",
    replace: "weightOf(a) - weightOf(b)"
  },
  {
    testFile: "test/windowing/Chatters.test.ts",
    test: "chatters count once in every window that holds them, in whatever order their messages come",
    fault: "what is ahead of the window keeps the numbers that a table had before it grew",
    file: "src/windowing/ChatterTable.ts",
    find: "table.addAhead(this.newestOf(entry), pane)",
    replace: "table.addAhead(entry, pane)"
  },
  {
    testFile: "test/windowing/ReleasedChatters.test.ts",
    test: "chatters of a stream that was hot count as before when their table is split again and again",
    fault: "an entry goes to the wrong half of a table that is split",
    file: "src/windowing/ChatterTable.ts",
    find: ">>> this.depth) & 1",
    replace: ">>> (this.depth + 1)) & 1"
  },
  {
    ...OPERATOR,
    fault: "the number of a stream is given away while a pane still names it",
    file: "src/windowing/WindowOperator.ts",
    find: "if (!isHeld(stream)) this.#streams.drop(stream)",
    replace: "this.#streams.drop(stream)"
  },
  {
    ...OPERATOR,
    fault: "a pane forgets its sums when it grows",
    file: "src/windowing/PaneSums.ts",
    find: "grown(this.sums, new Float64Array(room * this.#width))",
    replace: "new Float64Array(room * this.#width)"
  },
  {
    ...OPERATOR,
    fault: "an emote of one stream is taken for the same of another",
    file: "src/windowing/Pairs.ts",
    find: "this.leftOf(pair) !== left ||",
    replace: ""
  },
  {
    testFile: "test/windowing/ReleasedChatters.test.ts",
    test: "chatters of a stream that was hot are released with their panes, and those who stay count as before",
    fault: "the memory that a hot stream took is kept for ever",
    file: "src/windowing/Chatters.ts",
    find: "if (!table.isSpare(first) || !isLarge) continue",
    replace: "if (!table.isSpare(first) || isLarge) continue"
  },
  {
    testFile: "test/windowing/Names.test.ts",
    test: "names are found by their bytes, however many have the same hash, and however they come and go",
    fault: "a name is lost when another of the same hash is dropped",
    file: "src/windowing/Names.ts",
    find: "if (((next - first) & this.#mask) < ((next - free) & this.#mask)) continue",
    replace: "break"
  },
  {
    ...OPERATOR,
    fault: "the number of an emote is given away while another stream still has it",
    file: "src/windowing/Emotes.ts",
    find: "if (uses === 0) this.#names.drop(emote)",
    replace: "this.#names.drop(emote)"
  },
  {
    testFile: "test/decode/Scanner.test.ts",
    test: "the scanner gives what the parser gives, or leaves it to the parser",
    fault: "numbers with leading zeros pass",
    file: "src/decode/Scanner.ts",
    find: "(digits > 1 && bytes[from] === ZERO)",
    replace: "false"
  },
  {
    ...DECODE_FUZZ,
    fault: "the positions of texts in a later part of a batch are those in the part",
    file: "src/kernel/Kernel.ts",
    find: "this.#origin = first",
    replace: "this.#origin = 0"
  },
  {
    ...DECODE_FUZZ,
    fault: "re-read events are counted twice if the kernel leaves them",
    file: "src/decode/BatchDecoder.ts",
    find: "this.rereadEvents += part.count - part.unusual.length",
    replace: "this.rereadEvents += part.count"
  },
  {
    ...DECODE_FUZZ,
    fault: "texts without their escapes are not kept",
    file: "src/domain/EventColumnsBuilder.ts",
    find: "this.#copy({ bytes: texts, start: 0, end: texts.length })",
    replace: "this.#byteCount += texts.length"
  },
  {
    ...DECODER,
    fault: "two-digit years are years of the 20th century",
    file: "src/decode/Timestamp.ts",
    find: "if (year < 100) return undefined",
    replace: ""
  },
  {
    ...DECODER,
    fault: "February is shorter in leap years",
    file: "src/decode/Timestamp.ts",
    find: "month === 2 && !isLeapYear(year)",
    replace: "month === 2 && isLeapYear(year)"
  },
  {
    testFile: "test/worker/Liveness.test.ts",
    test: "liveness finds a stalled input that is wanted first, behind an input that is read",
    fault: "an input that is read hides one that stalls",
    file: "src/pipeline/TaskActivity.ts",
    find: "if (position === seen.position && !wasKept) continue",
    replace: "if (positions.every((now, other) => now === this.#inputs[other]?.position) && !wasKept) continue"
  },
  {
    testFile: "test/worker/TaskPool.test.ts",
    test: "the whole worker on memory layers and the test clock keeps the idle clocks of its inputs while the reading starts again and again",
    fault: "a rebuild of the reading resets the idle clocks",
    file: "src/windowing/IdleClock.ts",
    find: "clock === undefined || clock.maxTimeMs < maxTimeMs",
    replace: "clock === undefined || clock.maxTimeMs >= maxTimeMs"
  },
  {
    ...LIMITS,
    test: "the limits of an event and a pane bound what distinct emotes hold, by stream and by pane",
    fault: "one stream may use up a whole pane",
    file: "src/windowing/PaneBudget.ts",
    find: " || streamSpent + cost > this.#ofStream",
    replace: ""
  },
  {
    ...LIMITS,
    test: "the limits of an event and a pane bound what one chatter holds who goes back and forth between two panes",
    fault: "a chatter who is known is never paid for again",
    file: "src/windowing/Chatters.ts",
    find: "if (!this.#pay(",
    replace: "if (entry < 0 && !this.#pay("
  },
  {
    ...LIMITS,
    test: "the limits of an event and a pane bound the text of a row's emotes",
    fault: "a row's emotes may be as long as they like",
    file: "src/windowing/TopEmotes.ts",
    find: "> MAX_TOP_EMOTES_BYTES)",
    replace: "> Number.POSITIVE_INFINITY)"
  },
  {
    testFile: "test/windowing/Watermarks.test.ts",
    test: "a task's watermark is the least of the active inputs as soon as one becomes active, not in the middle of a later batch",
    fault: "the watermark waits for a later event although an input is active again",
    file: "src/windowing/Watermarks.ts",
    find: "    this.#at(input).active = true\n    this.#raiseToMinimum()\n",
    replace: "    this.#at(input).active = true\n"
  },
  {
    testFile: "test/windowing/Watermarks.test.ts",
    test: "a task's watermark is the least of the active inputs after each step, and never falls",
    fault: "the watermark does not follow an idle input that becomes the only active one",
    file: "src/windowing/Watermarks.ts",
    find: "if (heldTask || wakes)",
    replace: "if (heldTask)"
  },
  {
    testFile: "test/windowing/WindowOperator.test.ts",
    test: "the window operator pauses often while it closes a window of many streams, the same with and without their chatters' names",
    fault: "the streams of a window are gone through without a pause",
    file: "src/windowing/WindowOperator.ts",
    find: "if (isPause(index)) yield undefined",
    replace: ""
  },
  {
    ...CUTS,
    fault: "a restart writes the rows of a window again that were written before the cut",
    file: "src/windowing/TaskWindows.ts",
    find: "const after = this.#emitted?.endMs === endMs ? this.#emitted.stream : undefined",
    replace: "const after = undefined"
  },
  {
    ...CUTS,
    fault: "a cut leaves out the rows of its window that were not written",
    file: "src/windowing/TaskWindows.ts",
    find: "const watermarkMs = this.#givenToMs",
    replace: "const watermarkMs = this.#marks.taskMs"
  },
  {
    testFile: "test/postgres/login/LoginGuard.test.ts",
    test: "LoginGuard refuses weak proofs at any moment before the session is ready, in pieces of any size",
    fault: "a server that is not verified gets the password once it has let us in",
    file: "src/postgres/login/LoginGuard.ts",
    find: 'if (type === letter("Z")) this.#isReady = true',
    replace:
      'if (type === letter("Z") || message.equals(Buffer.from("R\\0\\0\\0\\b\\0\\0\\0\\0"))) this.#isReady = true'
  },
  {
    testFile: "test/postgres/SessionSettings.test.ts",
    test: 'session settings search_path: telemetra, public is not "telemetra"',
    fault: "a search_path that begins with the schema is taken for one that is the schema",
    file: "src/postgres/SessionSettings.ts",
    find: 'found !== "" && schemasOf(found).join("\\0") === schemasOf(wanted).join("\\0")',
    replace: 'found !== "" && schemasOf(found)[0] === schemasOf(wanted)[0]'
  },
  {
    testFile: "test/postgres/SessionSettings.test.ts",
    test: "sessions that can't write a role that is read-only needs a person",
    fault: "a read-only role is retried for ever",
    file: "src/postgres/SessionSettings.ts",
    find: 'if (settings["default_transaction_read_only"] === "on")',
    replace: 'if (settings["default_transaction_read_only"] === "never")'
  },
  {
    testFile: "test/sink/postgres/Adoption.integration.test.ts",
    test: "adoption: PostgreSQL adopts the tables as they are",
    fault: "a duplicate's place is taken for one of every partition",
    file: "migrations/0002_keys.sql",
    find: "t.tableoid = r.part AND t.ctid = r.place",
    replace: "t.ctid = r.place"
  },
  {
    testFile: "test/sink/postgres/AdoptionRoles.integration.test.ts",
    test: "adoption among others: PostgreSQL checks again under the lock: a view that came meanwhile is refused",
    fault: "tables are changed by a check from before the lock",
    file: "src/sink/postgres/Migrations.ts",
    find: "if (locked.obstacles.length > 0) return yield* blocked(place, locked)",
    replace: ""
  },
  {
    testFile: "test/sink/postgres/AdoptionRoles.integration.test.ts",
    test: "adoption among others: PostgreSQL checks what the migrations made: a constraint that an event trigger adds is refused",
    fault: "what the migrations made is used unchecked",
    file: "src/sink/postgres/Migrations.ts",
    find: "if (after.obstacles.length > 0) return yield* blocked(place, after)",
    replace: ""
  },
  {
    testFile: "test/sink/postgres/PackedSums.test.ts",
    test: "PackedSums gives sums back, as bytes of the definition: 0, negative ones, up to 2^53 - 1",
    fault: "packed sums beyond 32 bits lose their upper bits",
    file: "src/sink/postgres/PackedSums.ts",
    find: "Math.floor(size / 64)",
    replace: "((size / 64) | 0)"
  },
  {
    testFile: "test/sink/postgres/PackedSums.test.ts",
    test: "PackedSums decodes no bytes that it does not encode",
    fault: "packed sums of another version are a slide",
    file: "src/sink/postgres/PackedSums.ts",
    find: "return sums.length === SLIDE_SUMS.length ? sums : undefined",
    replace: "return sums"
  },
  {
    testFile: "test/sink/postgres/Baselines.integration.test.ts",
    test: "baselines ignores rows of other versions: baselines of another length, sums that do not decode, moments without parts or key",
    fault: "a row whose sums do not decode ends a recovery",
    file: "src/sink/postgres/Recovery.ts",
    find: "startMs % slideMs === 0 && sums !== undefined",
    replace: "startMs % slideMs === 0"
  },
  {
    testFile: "test/sink/postgres/Call.test.ts",
    test: "a call of the store may take as long as its statements need",
    fault: "the time limit of a statement applies to the whole call",
    file: "src/sink/postgres/Call.ts",
    find: "const leftMs = (beganMs ?? Math.max(calledMs, anyBeganMs)) + limitMs",
    replace: "const leftMs = calledMs + limitMs"
  },
  {
    testFile: "test/worker/TaskPool.test.ts",
    test: "the whole worker on memory layers and the test clock keeps the slides that it has read when the store fails in between",
    fault: "a retry reads the history from its start",
    file: "src/pipeline/Recovery.ts",
    find: "nextMs = page.at(-1)?.endMs ?? nextMs",
    replace: ""
  },
  {
    testFile: "test/sink/Repair.test.ts",
    test: "moments that are written each waits until no part can join any more, and is then what it came to",
    fault: "a repair writes a moment that another part can still join",
    file: "src/sink/Repair.ts",
    find: "- momentsReachMs(this.#window)",
    replace: "- Math.min(slideMs, momentsReachMs(this.#window))"
  },
  {
    testFile: "test/sink/memory/MemoryStore.test.ts",
    test: "RepairTables: memory deletes the moments whose last slide is settled and that it did not find: a silence's is the one after its end",
    fault: "a silence in the tables is searched at its end, where its stream has no window",
    file: "src/sink/Repair.ts",
    find: 'openedAs === "chat_drop" ? endedAtMs + slideMs : endedAtMs',
    replace: 'openedAs === "chat_drop" ? endedAtMs + 0 * slideMs : endedAtMs'
  },
  {
    testFile: "test/sink/memory/MemoryStore.test.ts",
    test: "ResultStore: memory gives the baselines of the checkpoint's task, size and slide, between a bound and what is written",
    fault: "baselines of other sizes and slides are given",
    file: "src/sink/memory/MemoryStore.ts",
    find: ".filter((baseline) => Equal.equals(baseline.window, checkpoint.window))",
    replace: ""
  },
  {
    testFile: "test/replay/Replay.test.ts",
    test: "a time range of the topics under a longer delay, then under the worker's: the range holds what the worker computed (history 1)",
    fault: "a replay leaves the rows of an earlier one",
    file: "src/sink/Sweep.ts",
    find: "deletes: !this.#isOfFiles &&",
    replace: "deletes: false && !this.#isOfFiles &&"
  },
  {
    testFile: "test/replay/Replay.test.ts",
    test: "files with fewer lines than an earlier replay: nothing is deleted, and its rows are counted",
    fault: "a replay of files removes the rows of other files",
    file: "src/sink/Sweep.ts",
    find: "deletes: !this.#isOfFiles && !this.#isLossy",
    replace: "deletes: !this.#isLossy"
  },
  {
    testFile: "test/replay/Replay.test.ts",
    test: "a time range of the topics a topic without events removes no row",
    fault: "a replay of a topic without events removes the rows of its range",
    file: "src/sink/Sweep.ts",
    find: "&& this.#hasEvents",
    replace: ""
  },
  {
    testFile: "test/replay/FileJudge.test.ts",
    test: "a file without events is refused: what it is, what is expected, counts and the first example a JSON array, an element per line",
    fault: "the last element of a JSON array is an event of its file",
    file: "src/replay/FileJudge.ts",
    find: "if (!this.#isNoList) this.#verdict",
    replace: "this.#verdict"
  },
  {
    testFile: "test/replay/FileJudge.test.ts",
    test: "a file with an event is accepted, whatever else is in it a viewer sample behind a byte order mark",
    fault: "a byte order mark makes a line no event",
    file: "src/source/file/Line.ts",
    find: "line.subarray(at)",
    replace: "line"
  },
  {
    testFile: "test/replay/formats/DayClock.test.ts",
    test: "a log with times of day passes midnight",
    fault: "times of day after midnight are of the day before",
    file: "src/replay/formats/DayClock.ts",
    find: "this.#dayMs += DAY_MS",
    replace: "this.#dayMs += 0"
  },
  {
    testFile: "test/replay/formats/Formats.test.ts",
    test: "raw IRC wrong ranges of emotes are ignored, and those of characters beyond the basic plane count as one",
    fault: "ranges of emotes count UTF-16 code units",
    file: "src/replay/formats/EmoteRanges.ts",
    find: "Array.from(text)",
    replace: 'text.split("")'
  },
  {
    testFile: "test/replay/formats/Formats.test.ts",
    test: "JSON an id that comes again is a repetition",
    fault: "a message that a tool has saved twice counts twice",
    file: "src/replay/formats/Conversion.ts",
    find: "if (this.#ids.has(id)) return true",
    replace: ""
  },
  {
    testFile: "test/replay/Decompress.test.ts",
    test: "in chunks of 65536 bytes zstd of frames, some of them skipped is read whole",
    fault: "only the first frame of a zstd file is read",
    file: "src/replay/Decompress.ts",
    find: "return chunk.subarray(chunk.length - unread)",
    replace: "return NOTHING"
  },
  {
    testFile: "test/sink/memory/MemoryStore.test.ts",
    test: "RepairTables: memory keeps the dead letters of several files with one name, each once",
    fault: "dead letters of a second file of the same name are lost",
    file: "src/sink/memory/Tables.ts",
    find: "this.putFileLetter({ ...letter, partition: letter.partition + 1 })",
    replace: "this.putLetter(letter)"
  },
  {
    testFile: "test/replay/ReplayStore.test.ts",
    test: "continues with the last end after a failure, and starts over with a task that recovers again",
    fault: "a replay that recovers again learns only from the slides that it has not read",
    file: "src/replay/ReplayStore.ts",
    find: "slidesFromMs = firstSlideMs\n        if",
    replace: "if"
  },
  {
    testFile: "test/broadcast/Fold.test.ts",
    test: "a broadcast goes on after a pause of the gap, and ends with a longer one",
    fault: "a pause of exactly SESSION_GAP ends a broadcast",
    file: "src/broadcast/Fold.ts",
    find: "number(numbers, at + ENDED_AT) > sessionGapMs",
    replace: "number(numbers, at + ENDED_AT) >= sessionGapMs"
  },
  {
    testFile: "test/broadcast/Fold.test.ts",
    test: "a broadcast is not prolonged by slides that hold nothing themselves",
    fault: "people of the slide before prolong a broadcast",
    file: "src/broadcast/Fold.ts",
    find: "=> slideMessages > 0 || viewerSamples > 0",
    replace: "=> slideMessages >= 0 || viewerSamples > 0"
  },
  {
    testFile: "test/broadcast/Fold.test.ts",
    test: "a broadcast sums what each of its slides holds, and keeps the greatest slide of each kind, the first of equals",
    fault: "the last slide of equals is the peak",
    file: "src/broadcast/Fold.ts",
    find: "value <= number(numbers, at)) return",
    replace: "value < number(numbers, at)) return"
  },
  {
    testFile: "test/broadcast/Tables.test.ts",
    test: "the broadcasts in the tables are those of the slides, however a task's work is divided and wherever it starts again (gap of 6 slides)",
    fault: "a broadcast that ends before its slot comes is not stored to its end",
    file: "src/anomaly/Detection.ts",
    find: "summary) && this.#due.has(",
    replace: "summary) && !this.#due.has("
  },
  {
    testFile: "test/broadcast/Tables.test.ts",
    test: "the broadcasts in the tables are those of the slides, however a task's work is divided and wherever it starts again (gap of 29 slides)",
    fault: "a restart folds a slide twice",
    file: "src/anomaly/Moments.ts",
    find: "if (this.baselines.at(place, END) >= slide.endMs) return false",
    replace: "if (this.baselines.at(place, END) > slide.endMs) return false"
  },
  {
    testFile: "test/replay/Replay.test.ts",
    test: "a time range of the topics under a longer delay: late events are counted, as if it had been that from the start (history 1)",
    fault: "a replay writes broadcasts that are not over",
    file: "src/sink/Repair.ts",
    find: "endedAtMs <= overToMs",
    replace: "endedAtMs <= computedToMs"
  },
  {
    testFile: "test/replay/LookBack.test.ts",
    test: "how far back a replay learns scores and moments are to the last bit those of a worker that knows the whole evening (1)",
    fault: "a replay learns so little that its scores differ",
    file: "src/replay/LookBack.ts",
    find: "const HALF_LIVES = 72",
    replace: "const HALF_LIVES = 24"
  },
  {
    testFile: "test/http/Health.test.ts",
    test: "health routes are not ready, but live, from the beginning of the stop on",
    fault: "a worker that stops is ready until it ends",
    file: "src/observability/WorkerStatus.ts",
    find: "if (Deferred.isDoneUnsafe(stopping)) return",
    replace: "if (patienceMs < 0) return"
  },
  {
    testFile: "test/worker/StopBudget.test.ts",
    test: "the phases end at parts of SHUTDOWN_TIMEOUT, counted from the first request",
    fault: "a second request to stop begins the time again",
    file: "src/worker/StopBudget.ts",
    find: "begunMs ??= nowMs",
    replace: "begunMs = nowMs"
  },
  {
    testFile: "test/retry/Predecessor.test.ts",
    test: "another failure ends the start at once, also while it waits",
    fault: "a start is retried, whatever it failed with",
    file: "src/retry/Predecessor.ts",
    find: "while: isHeld,",
    replace: "while: () => true,"
  },
  {
    testFile: "test/observability/Report.test.ts",
    test: "a member's report of a flush counts a chat_drop in the flush that reports it, long after it began",
    fault: "falls are missing in the moments metric, since they begin long before they are certain",
    file: "src/observability/Report.ts",
    find: "FALLS.some((type) => type === openedAs) ||",
    replace: "false ||"
  },
  {
    testFile: "test/query/Explanation.test.ts",
    test: "a moment is explained by nothing without metadata, and never in the words of the chat",
    fault: "an explanation repeats what chat wrote",
    file: "src/query/Explanation.ts",
    find: 'deed ?? "wrote the same word"',
    replace: "deed ?? shared"
  },
  {
    testFile: "test/config/Load.test.ts",
    test: 'problems RETENTION in {"RETENTION":"1 day","WINDOW_DURATION":"12 hours","SLIDE_DURATION":"1 hour"}',
    fault: "retention drops rows that a restart reads",
    file: "src/config/Rules.ts",
    find: "STORE_SLIDES * slideMs + sizeMs",
    replace: "sizeMs"
  },
  {
    testFile: "test/config/Load.test.ts",
    test: "notices name settings of earlier versions in one line, whatever their value",
    fault: "settings of earlier versions are ignored without a notice",
    file: "src/config/Hints.ts",
    find: "if (retired.length > 0) {",
    replace: "if (retired.length > 99) {"
  },
  {
    testFile: "test/doctor/Positions.test.ts",
    test: "positions are within the logs while a backlog is read fast and retention deletes what was read",
    fault: "doctor reads the logs' ends before the checkpoints",
    file: "src/doctor/Positions.ts",
    find: "  const stored = yield* checkpoints\n  const to = yield* ends\n",
    replace: "  const to = yield* ends\n  const stored = yield* checkpoints\n"
  },
  {
    testFile: "test/observability/Judgement.test.ts",
    test: "the judgement opens once a tenth or less of the last hundred counts",
    fault: "records of long ago hide that nothing gets through",
    file: "src/observability/Judgement.ts",
    find: "    this.#dropOldest()\n",
    replace: ""
  },
  {
    testFile: "test/observability/WorkerStatus.test.ts",
    test: "what gets through nothing from one partition of a topic is a problem that leaves the worker ready, and ends with the task",
    fault: "one partition makes the worker unready",
    file: "src/observability/Traffic.ts",
    find: " && this.#healthy === 0",
    replace: " || [...this.#byPartition.values()].some(({ judgement }) => judgement.isBlocked)"
  },
  {
    testFile: "test/http/guard/Guard.test.ts",
    test: "the guard throttles wrong tokens by network, and lets the right one and sessions pass",
    fault: "wrong tokens lock the right one out",
    file: "src/http/guard/Admission.ts",
    find: "if (token.matches(offered)) return ADMITTED",
    replace: 'if (brake.waitMs("127.0.0.0/24", 0) === 0 && token.matches(offered)) return ADMITTED'
  },
  {
    testFile: "test/http/guard/Guard.test.ts",
    test: "the guard beyond loopback answers to addresses, private names and allowed hosts only, but to probes by any name",
    fault: "beyond loopback the server answers to any name",
    file: "src/http/Exposure.ts",
    find: "/^[a-z0-9_-]+$/.test(name)",
    replace: "/^[a-z0-9._-]+$/.test(name)"
  },
  {
    testFile: "test/http/guard/Crowd.integration.test.ts",
    test: "a crowd of connections with unanswered requests leaves its network probes alone, and other networks everything",
    fault: "probes have no connections of their own",
    file: "src/http/guard/Connections.ts",
    find: "if (idle === undefined) return this.#keep(socket, network, reason)",
    replace: "if (idle === undefined) return void socket.destroy()"
  },
  {
    testFile: "test/sink/postgres/DeadLetterBounds.integration.test.ts",
    test: "table dead_letters lets a restart find dropped records dead that were ahead of their time, until it has passed them",
    fault: "a restart counts events that were dropped as dead letters",
    file: "src/sink/postgres/DeadLetters.ts",
    find: "if (inputs.length > 0) yield* keepFutureOffsets(inputs, dropped)",
    replace: "if (inputs.length > 99) yield* keepFutureOffsets(inputs, dropped)"
  },
  {
    testFile: "test/sink/postgres/DeadLetterBounds.integration.test.ts",
    test: "table dead_letters deletes what is older than its retention, in batches, but nothing that a restart needs",
    fault: "retention deletes dead letters that a restart needs",
    file: "src/sink/postgres/DeadLetters.ts",
    find: "d.kafka_offset >= n.replay_offset",
    replace: "d.kafka_offset < n.replay_offset"
  },
  {
    testFile: "test/sink/postgres/GroupCommit.integration.test.ts",
    test: "flushes of several tasks leave the checkpoint of a task that another worker has taken over",
    fault: "a group of flushes ignores epochs",
    file: "src/sink/postgres/Checkpoints.ts",
    find: "n.source_partition AND c.epoch = n.epoch AND c.flush = n.flush - 1\n      RETURNING c.source",
    replace: "n.source_partition AND c.flush = n.flush - 1\n      RETURNING c.source"
  },
  {
    testFile: "test/sink/postgres/GroupCommit.integration.test.ts",
    test: "flushes of several tasks do not wait for one whose checkpoint is locked",
    fault: "a locked checkpoint keeps other tasks from committing",
    file: "src/sink/postgres/Checkpoints.ts",
    find: "FOR UPDATE OF c SKIP LOCKED",
    replace: "FOR UPDATE OF c"
  },
  {
    file: "src/domain/Notification.ts",
    find: "      if (stored !== undefined && wants(rule, stored)) return []\n",
    replace: "",
    fault: "a moment is sent again by every flush that changes it",
    testFile: "test/domain/Notification.test.ts",
    test: "notifications of a flush a moment that goes on is sent once"
  },
  {
    file: "src/domain/Notification.ts",
    find: "stored !== undefined && wants(rule, stored)",
    replace: "stored !== undefined",
    fault: "a moment that grows beyond a filter is never sent",
    ...OUTBOX
  },
  {
    file: "src/notify/Deliverer.ts",
    find: 'return { _tag: "Retry", message, afterMs: pauseMs }',
    replace: 'return { _tag: "Delivered", message }',
    fault: "a notification that a target did not accept is deleted",
    testFile: "test/notify/Deliverer.test.ts",
    test: "the deliverer a target that refuses connections loses nothing and delays no other"
  },
  {
    file: "src/notify/Send.ts",
    find: "if (BODY_STATUSES.has(status))",
    replace: "if (status >= 400)",
    fault: "notifications of a target that is down are dropped after five attempts",
    testFile: "test/notify/Deliverer.test.ts",
    test: "the deliverer a target that responds 500 loses nothing and delays no other"
  },
  {
    file: "src/pipeline/Commit.ts",
    find: "if (moments.length + rows.length > 0) yield*",
    replace: "if (moments.length > 0 && rows.length === 0) yield*",
    fault: "results are not published before the commit",
    testFile: "test/pipeline/Commit.test.ts",
    test: "commit publishes results before the commit, and again after a crash between the two"
  },
  {
    file: "src/collect/twitch/Connection.ts",
    find: "if (quietMs() >= quiet + ANSWER_MS) return",
    replace: "if (quietMs() > Number.MAX_VALUE) return",
    fault: "a peer that has vanished is never noticed",
    testFile: "test/collect/twitch/Twitch.test.ts",
    test: "the Twitch platform sends a ping after 60 s of silence, and ends the connection 10 s later"
  },
  {
    file: "src/collect/twitch/Connection.ts",
    find: "        waitsSince = undefined\n",
    replace: "",
    fault: "a connection counts as dead while the collector itself does not read",
    ...SLOW_CONSUMER
  },
  {
    file: "src/collect/twitch/Twitch.ts",
    find: 'strategy: "suspend"',
    replace: 'strategy: "dropping"',
    fault: "messages are dropped without a word while the consumer is slow",
    ...SLOW_CONSUMER
  },
  {
    file: "src/collect/twitch/Group.ts",
    find: "Effect.andThen(drain(one), Fiber.interrupt(fiber))",
    replace: "Fiber.interrupt(fiber)",
    fault: "an old connection of chat is closed before its last messages are read",
    ...HAND_OVER
  },
  {
    file: "src/collect/twitch/Group.ts",
    find: "if (live.size > 0) duplicates.start()",
    replace: "",
    fault: "messages that two connections bring are collected twice",
    ...HAND_OVER
  },
  {
    file: "src/collect/twitch/Channels.ts",
    find: " || channel.joinedIn.size > 0) return false",
    replace: ") return false",
    fault: "a hand-over between connections is reported as a gap",
    ...HAND_OVER
  },
  {
    file: "src/collect/twitch/Rate.ts",
    find: "makeRate(20, 10_500)",
    replace: "makeRate(20, 9_000)",
    fault: "channels are joined faster than Twitch permits",
    testFile: "test/collect/twitch/Twitch.test.ts",
    test: "the Twitch platform never joins more than 20 channels in 10 s, nor 100 in a connection"
  },
  {
    file: "src/collect/twitch/Rate.ts",
    find: "? times[0] :",
    replace: "? times.shift() :",
    fault: "a join that is interrupted while it waits makes room for another",
    testFile: "test/collect/twitch/Twitch.test.ts",
    test: "the Twitch platform keeps to the rates of joins and logins while connections fail in the middle of joins"
  },
  {
    file: "src/collect/twitch/Session.ts",
    find: "if (isMirrored) {",
    replace: 'if (isMirrored && stream === "") {',
    fault: "messages that shared chat mirrors count in both channels",
    testFile: "test/collect/twitch/Twitch.test.ts",
    test: "the Twitch platform takes 1,000 lines in one frame, and counts lines that it cannot use"
  },
  {
    file: "src/collect/twitch/Emotes.ts",
    find: "if (!SURROGATE.test(text)) return",
    replace: 'if (text !== "") return',
    fault: "places of emotes count code units",
    testFile: "test/collect/twitch/Emotes.test.ts",
    test: "emotesOf finds every emote of a text once, wherever it is"
  },
  {
    file: "src/collect/twitch/WebSocket.ts",
    find: "pause: () => socket.pause()",
    replace: "pause: () => undefined",
    fault: "a slow consumer does not slow the server",
    testFile: "test/collect/twitch/Platform.test.ts",
    test: "the Twitch platform over sockets stops reading while the consumer is slow"
  },
  {
    file: "src/collect/Collector.ts",
    find: "writer.append(records)",
    replace: "Effect.suspend(() => writer.append([...records]))",
    fault: "the collector repeats an append as a new one, so the log may hold it twice",
    testFile: "test/collect/Collector.test.ts",
    test: "the collector repeats the same array while the log is away, and loses and doubles nothing"
  },
  {
    file: "src/collect/Collector.ts",
    find: "state.backlog >= maxBacklog",
    replace: "state.backlog < 0",
    fault: "the collector's buffer has no bound",
    testFile: "test/collect/Collector.test.ts",
    test: "the collector drops and counts the newest events beyond its buffer"
  },
  {
    file: "src/cli/Collection.ts",
    find: "if (backlog === 0) return",
    replace: "if (backlog >= 0) return",
    fault: "a collector that loses events at its end reports nothing",
    testFile: "test/cli/Collection.test.ts",
    test: "the stop of a collector reports the events that are lost while the log is away"
  },
  {
    file: "src/source/kafka/EventWriter.ts",
    find: "idempotent: true",
    replace: "idempotent: false",
    fault: "the collector's events are doubled in Kafka after a lost reply",
    ...KAFKA_APPEND
  },
  {
    file: "src/source/kafka/EventWriter.ts",
    find: "pending?.records === records ? pending : {",
    replace: "pending?.records === [] ? pending : {",
    fault: "a repeated append sends again what Kafka acknowledged",
    ...KAFKA_APPEND
  },
  {
    file: "src/collect/twitch/Helix.ts",
    find: "reply.status === 401 && hasWorked",
    replace: "reply.status === 402 && hasWorked",
    fault: "a token that Twitch revokes is not replaced at once",
    testFile: "test/collect/twitch/Viewers.test.ts",
    test: "viewer samples replace a token that expires or that the API rejects"
  },
  {
    file: "src/collect/twitch/Helix.ts",
    find: "Math.min(LONGEST_WAIT_MS, ",
    replace: "Math.min(Number.MAX_VALUE, ",
    fault: "a wrong clock of Twitch's API ends the viewer samples",
    testFile: "test/collect/twitch/Viewers.test.ts",
    test: "viewer samples wait for five minutes at most after status 429"
  },
  {
    file: "src/collect/twitch/HelixToken.ts",
    find: "if (!hasWorked) return yield* refused",
    replace: "return yield* refused",
    fault: "a secret that is replaced later ends the collection of chat",
    testFile: "test/collect/twitch/Viewers.test.ts",
    test: "viewer samples survive credentials that are rejected later"
  },
  {
    file: "src/collect/twitch/emotes/ListLoader.ts",
    find: "if (answer.status === 404) return NO_NAMES",
    replace: "if (answer.status === 410) return NO_NAMES",
    fault: "a channel without emotes makes a list fail",
    testFile: "test/collect/twitch/emotes/EmoteLists.test.ts",
    test: "third-party emotes are those of the global lists and of the channel's"
  },
  {
    file: "src/collect/twitch/emotes/EmoteLists.ts",
    find: " || this.#own !== this.names.version",
    replace: "",
    fault: "the emotes of a channel that load later are never seen",
    testFile: "test/collect/twitch/emotes/EmoteLists.test.ts",
    test: "third-party emotes are those of the global lists and of the channel's"
  },
  {
    file: "src/anomaly/Thresholds.ts",
    find: "({ ...changed(before, changes), version })",
    replace: "changed(before, changes)",
    fault: "a restart takes a version of the sensitivity for new that took an override back",
    testFile: "test/anomaly/Thresholds.test.ts",
    test: "a threshold applies to windows that end after those that were judged, in part or as a whole"
  },
  {
    file: "src/query/LatestBroadcasts.ts",
    find: "if (found.length >= enough) return found",
    replace: "return found",
    fault: "the latest broadcasts of streams are missing behind many earlier ones",
    testFile: "test/http/ApiBroadcasts.integration.test.ts",
    test: "broadcasts are found as the latest of their streams among many earlier ones, without a probe of each"
  },
  {
    file: "src/source/local/LocalWriter.ts",
    find: "WHERE w.sequence < EXCLUDED.sequence",
    replace: "WHERE w.sequence <= EXCLUDED.sequence",
    fault: "the local log has an append twice after the reply to its COMMIT was lost",
    testFile: "test/source/local/LocalOutage.integration.test.ts",
    test: "the local log over a connection that breaks appends once if the reply to COMMIT is lost"
  },
  {
    file: "src/source/local/LocalWriter.ts",
    find: "ORDER BY topic FOR UPDATE",
    replace: "ORDER BY topic",
    fault: "two writers give records of the local log the same offsets",
    testFile: "test/source/local/LocalLog.integration.test.ts",
    test: "the local log numbers the records of several writers without holes and repetitions"
  },
  {
    file: "src/source/local/LocalLog.ts",
    find: "hole < 0 ? records : records.slice(0, hole)",
    replace: "records",
    fault: "the local log skips rows that are missing",
    testFile: "test/source/local/LocalLog.integration.test.ts",
    test: "the local log does not skip a row that was deleted by hand"
  }
]

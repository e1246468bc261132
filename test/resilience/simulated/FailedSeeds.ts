/**
 * Every seed that has ever differed from the recount, and what it found. The gate plays them all;
 * none is ever removed. The first found planted faults.
 */
export const FAILED_SEEDS: ReadonlyArray<number> = [
  1, // nothing is read again
  2, // a commit checks neither epoch nor flush
  3, // open moments are forgotten
  15, // windows that are not whole are written
  28, // what is read again knows the latest settings alone
  555085, // a window that was written in part came again, since its size was changed and set back
  98824, // windows of two sizes in turn: slides of the second were taken for those of the first
  1184, // size and slide came back, and with them what was usual before
  27, // a loss behind a window that was written in part: rows of an earlier window came after it
  // Those here found faults of the verdict itself.
  302, // the watermark had reached the window that was written in part
  20121, // records behind a window that was written in part, as its size changed
  20208, // many small flushes were not over as the tables were judged
  20268, // as 20121
  20288, // a loss between a window that was written in part and a change of size
  1795979861, // as 20288, and a second loss, found after the first flush of the new size
  500005104, // a request to take a task over arrived after that of the task's next run
  500009221, // records behind a loss, and behind where a window closed that was written in part
  700001163, // as 500009221, without a change of size
  1797000317, // two losses under one watermark, the second behind a later window that was written in part
  1796400036, // a version that was applied after a change of size, from within a window that was written in part
  1796054136, // an input was idle only while nothing was read, and windows closed without it
  1796067502, // a size changed, and a version waited for one that began within a window that was written in part
  880003120, // a window closed under a shorter delay, before the reach of a gap was known
  880003616 // an idle input let a window be written in part, then the size changed, and it woke
]

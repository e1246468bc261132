//! The native limit: reads both topics from their earliest records to their ends, and writes the
//! rows of all closed windows. Settings by environment: BROKER, CHAT_TOPIC, VIEWER_TOPIC,
//! PG_DSN, PG_TABLE, THREADS, STAGE. Prints the time of its end in ms since the epoch.
#[cfg(not(target_feature = "avx2"))]
compile_error!("the native limit needs a processor with AVX2");

mod fold;
mod json;
mod lexicon;
mod pg;
mod raw;

/// Least rows of a transaction, except for the last.
const ROWS: usize = 2_000;
/// Most bytes of a fetch from a partition of the chat topic. A viewer topic has fewer records for
/// the same time.
const CHUNK: i32 = 1 << 20;
const CHUNKS: [i32; 2] = [CHUNK, CHUNK / 4];
/// Most bytes of a fetch from all partitions.
const FETCH: i32 = 50 << 20;

fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

/// The last stage that runs. The cost of a stage is the difference to the one before.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Stage {
    Fetch,
    Decode,
    Aggregate,
    Write,
}
impl Stage {
    fn of(name: &str) -> Self {
        match name {
            "fetch" => Stage::Fetch,
            "decode" => Stage::Decode,
            "aggregate" => Stage::Aggregate,
            "write" => Stage::Write,
            _ => panic!("STAGE is not fetch, decode, aggregate or write"),
        }
    }
}
struct Settings {
    stage: Stage,
    broker: String,
    topics: [String; 2],
    dsn: String,
    table: String,
}
/// The offsets of a partition of both topics: chat, viewers.
struct Range {
    part: i32,
    from: [i64; 2],
    to: [i64; 2],
}
impl Range {
    fn records(&self) -> i64 {
        (0..2).map(|k| self.to[k] - self.from[k]).sum()
    }
}
struct Part {
    range: Range,
    /// Offsets up to which the records are folded.
    folded: [i64; 2],
    /// Offsets of the next fetch. They run ahead of the folded ones.
    next: [i64; 2],
    fold: fold::Fold,
}
impl Part {
    fn new(range: Range) -> Self {
        Part { folded: range.from, next: range.from, range, fold: fold::Fold::new() }
    }
    fn is_folded(&self, k: usize) -> bool {
        self.folded[k] >= self.range.to[k]
    }
    fn is_fetched(&self, k: usize) -> bool {
        self.next[k] >= self.range.to[k]
    }
    /// Whether to fetch a topic now: one that is not ahead of the other.
    fn wants(&self, k: usize) -> bool {
        let is_behind = !self.is_folded(k) && (self.is_folded(1 - k) || self.fold.max()[k] <= self.fold.max()[1 - k]);
        !self.is_fetched(k) && (is_behind || self.is_fetched(1 - k))
    }
}

/// Requests the next records. Returns whether there is anything to request.
fn request(c: &mut raw::Conn, topics: &[String; 2], parts: &[Part]) -> bool {
    let mut want = vec![];
    for p in parts {
        for k in [1, 0] {
            if p.wants(k) {
                want.push((&*topics[k], p.range.part, p.next[k], CHUNKS[k]))
            }
        }
    }
    if want.is_empty() {
        return false;
    }
    c.send_fetch(FETCH, &want);
    true
}

/// Hands the rows of closed windows over if there are enough, or `all`. Without a writer it drops
/// them.
fn write(w: &Option<pg::Writer>, f: &mut fold::Fold, all: bool) {
    if f.rows.len() > 0 && (all || f.rows.len() >= ROWS) {
        let rows = std::mem::take(&mut f.rows);
        if let Some(w) = w {
            w.queue.send(rows).unwrap()
        }
    }
}

/// Reads, folds and writes these partitions on this thread. The next fetch is in flight while
/// records are folded.
fn run(s: &Settings, ranges: Vec<Range>) {
    let (mut scratch, lex) = (json::Scratch::new(), lexicon::Lexicon::new());
    let writer = (s.stage >= Stage::Write).then(|| pg::Writer::new(&s.dsn, &s.table));
    let mut parts: Vec<Part> = ranges.into_iter().map(Part::new).collect();
    let mut c = raw::Conn::new(&s.broker);
    let (mut buf, mut sets) = (Vec::new(), Vec::new());
    let mut in_flight = request(&mut c, &s.topics, &parts);
    loop {
        if !in_flight {
            // All fetched records are folded: request more, or end.
            if parts.iter().all(|p| p.is_fetched(0) && p.is_fetched(1)) {
                break;
            }
            in_flight = request(&mut c, &s.topics, &parts);
            assert!(in_flight, "no topic to read");
        }
        c.receive_fetch(&mut buf, &mut sets);
        let find = |parts: &[Part], topic: &str, part: i32| {
            (parts.iter().position(|x| x.range.part == part).unwrap(), (topic == s.topics[1]) as usize)
        };
        for (t, p, at, n) in &sets {
            let (i, k) = find(&parts, t, *p);
            if let Some(o) = raw::next_offset(&buf[*at..*at + *n]) {
                parts[i].next[k] = o
            }
        }
        in_flight = request(&mut c, &s.topics, &parts);
        for (t, p, at, n) in &sets {
            let (i, k) = find(&parts, t, *p);
            let part = &mut parts[i];
            let end = part.range.to[k];
            for b in raw::batches(&buf[*at..*at + *n]).filter(|_| s.stage >= Stage::Decode) {
                raw::records(b, end, |v| match json::decode(v, &mut scratch) {
                    Some(ev) if s.stage >= Stage::Aggregate => part.fold.event(k, v, &ev, &scratch, &lex),
                    ev => {
                        std::hint::black_box(ev);
                    }
                });
                write(&writer, &mut part.fold, false);
            }
            part.folded[k] = part.next[k];
            if s.stage >= Stage::Aggregate && part.is_folded(k) && !part.fold.ended[k] {
                part.fold.end(k, &lex)
            }
        }
    }
    for p in &mut parts {
        write(&writer, &mut p.fold, true)
    }
    if let Some(w) = writer {
        w.finish()
    }
}

fn main() {
    let threads: usize = env("THREADS").parse().unwrap();
    let s = Settings {
        stage: Stage::of(&env("STAGE")),
        broker: env("BROKER"),
        topics: [env("CHAT_TOPIC"), env("VIEWER_TOPIC")],
        dsn: env("PG_DSN"),
        table: env("PG_TABLE"),
    };
    let mut c = raw::Conn::new(&s.broker);
    let mut offsets = |part, which| Some([c.offset(&s.topics[0], part, which)?, c.offset(&s.topics[1], part, which)?]);
    let mut ranges: Vec<Range> = (0..)
        .map_while(|part| Some(Range { part, from: offsets(part, raw::EARLIEST)?, to: offsets(part, raw::END)? }))
        .collect();
    // The largest partition first, each to the thread with the fewest records.
    ranges.sort_by_key(|r| -r.records());
    let mut shares: Vec<Vec<Range>> = (0..threads).map(|_| vec![]).collect();
    for r in ranges {
        shares.iter_mut().min_by_key(|s| s.iter().map(Range::records).sum::<i64>()).unwrap().push(r)
    }
    let s = &s;
    std::thread::scope(|scope| {
        for share in shares {
            scope.spawn(move || run(s, share));
        }
    });
    println!("{}", std::time::UNIX_EPOCH.elapsed().unwrap().as_millis());
}

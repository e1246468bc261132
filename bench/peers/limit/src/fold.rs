//! Aggregates one partition: panes of 10 s per stream, of which six are merged when their window
//! closes.
//!
//! Distinct chatters cost one table access per message. The table keeps a bit per pane for each
//! pair of stream and user. A new bit adds the user to a run of windows, which two additions note:
//! one where the run begins, one where it ends. The running sum is the count.
use crate::json::{Event, Scratch, Span};
use crate::lexicon::Lexicon;
use hashbrown::HashMap;
use std::arch::x86_64::*;

/// Length of a pane, and of the slide, in ms.
pub const PANE: i64 = 10_000;
/// Panes of a window.
pub const PANES: i64 = 6;
/// The watermark's delay in ms.
pub const DELAY: i64 = 10_000;
/// Panes that are kept at once. A power of two, and the number of bits of a mask.
const RING: i64 = 64;
/// Events more panes ahead than this wait until the windows before them have closed.
const AHEAD: i64 = 50;
/// Emotes of a pane that are found by a linear search. Others have an index.
const FEW_EMOTES: usize = 32;
/// Users whose table entries are prefetched together.
const PREFETCHED: usize = 32;

/// The sums of one stream in one pane.
#[derive(Default)]
struct Pane {
    emotes: Vec<(u32, u32)>,
    score: f64,
    vsum: f64,
    n: u32,
    pos: u32,
    neg: u32,
    vn: u32,
}
/// The state of one pane, and of the window that starts with it, by stream.
#[derive(Default)]
struct Position {
    panes: Vec<Pane>,
    /// The number of distinct users of a window is the running sum of these up to it.
    diff: Vec<i32>,
}
/// A hash table of pairs of stream and user. Its memory is on huge pages if the kernel grants them,
/// so that a lookup needs no page walk.
struct Table(*mut Slot, usize);
unsafe impl Send for Table {}
impl Table {
    fn new(cap: usize) -> Self {
        unsafe {
            let l = std::alloc::Layout::from_size_align(cap * 32, 2 << 20).unwrap();
            let p = std::alloc::alloc(l);
            libc::madvise(p as *mut libc::c_void, cap * 32, libc::MADV_HUGEPAGE);
            std::ptr::write_bytes(p, 0, cap * 32);
            Table(p as *mut Slot, cap)
        }
    }
    fn clear(&mut self) {
        unsafe { std::ptr::write_bytes(self.0, 0, self.1) }
    }
}
impl Drop for Table {
    fn drop(&mut self) {
        unsafe {
            std::alloc::dealloc(self.0 as *mut u8, std::alloc::Layout::from_size_align(self.1 * 32, 2 << 20).unwrap())
        }
    }
}
impl std::ops::Deref for Table {
    type Target = [Slot];
    #[inline(always)]
    fn deref(&self) -> &[Slot] {
        unsafe { std::slice::from_raw_parts(self.0, self.1) }
    }
}
impl std::ops::DerefMut for Table {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [Slot] {
        unsafe { std::slice::from_raw_parts_mut(self.0, self.1) }
    }
}
/// Numbers names from 0. A direct-mapped cache in front holds short names.
struct Names {
    front: Vec<(u128, u32)>,
    all: HashMap<Box<[u8]>, u32, ahash::RandomState>,
    list: Vec<Box<str>>,
}
/// A text of up to 15 bytes with its length, as a number.
#[inline(always)]
unsafe fn pack(b: &[u8], readable: usize) -> u128 {
    let l = b.len();
    let x = if readable >= 16 {
        (b.as_ptr() as *const u128).read_unaligned() & ((1u128 << (8 * l)) - 1)
    } else {
        let mut t = [0u8; 16];
        t[..l].copy_from_slice(b);
        u128::from_le_bytes(t)
    };
    x | ((l as u128 + 1) << 120)
}
/// Hashes two numbers.
#[inline(always)]
fn mix(a: u64, b: u64) -> u64 {
    let m = (a ^ 0x9E3779B97F4A7C15) as u128 * (b ^ 0xE7037ED1A0B428DB) as u128;
    (m as u64) ^ ((m >> 64) as u64)
}
impl Names {
    fn new(bits: u32) -> Self {
        Names { front: vec![(0, 0); 1 << bits], all: HashMap::default(), list: vec![] }
    }
    #[inline(always)]
    fn id(&mut self, b: &[u8], readable: usize) -> u32 {
        if b.len() <= 15 {
            let k = unsafe { pack(b, readable) };
            let h = mix(k as u64, (k >> 64) as u64) as usize & (self.front.len() - 1);
            let e = self.front[h];
            if e.0 == k {
                return e.1;
            }
            let id = self.find(b);
            self.front[h] = (k, id);
            id
        } else {
            self.find(b)
        }
    }
    #[inline(never)]
    fn find(&mut self, b: &[u8]) -> u32 {
        if let Some(&i) = self.all.get(b) {
            return i;
        }
        let i = self.list.len() as u32;
        self.all.insert(b.into(), i);
        self.list.push(String::from_utf8_lossy(b).into());
        i
    }
}
/// A pair of stream and user, and a bit for each pane with a message of theirs.
#[derive(Clone, Copy)]
#[repr(align(32))]
struct Slot {
    a: u64,
    /// 0 if the slot is free.
    b: u64,
    mask: u64,
}
/// A pair whose slot has been prefetched.
#[derive(Clone, Copy)]
struct Waiting {
    a: u64,
    b: u64,
    h: u32,
    stream: u32,
    pane: i64,
}
/// Rows of closed windows, as columns.
#[derive(Default)]
pub struct Rows {
    pub stream: Vec<Box<str>>,
    pub start: Vec<i64>,
    pub count: Vec<i32>,
    pub uniq: Vec<i32>,
    pub sentiment: Vec<Option<f64>>,
    pub pos: Vec<i32>,
    pub neg: Vec<i32>,
    pub viewers: Vec<Option<f64>>,
    pub emotes: Vec<Vec<Box<str>>>,
}
impl Rows {
    pub fn len(&self) -> usize {
        self.start.len()
    }
}
pub struct Fold {
    /// The latest event of each topic, and whether its end has been read.
    max: [i64; 2],
    pub ended: [bool; 2],
    /// The first pane of the next window to close, and that window's end in ms.
    next: i64,
    next_end: i64,
    started: bool,
    /// The latest pane with an event.
    top: i64,
    ring: [Position; RING as usize],
    /// Distinct users of the last closed window, by stream.
    cur: Vec<i32>,
    names: Names,
    emotes: Names,
    /// Index of an emote beyond the few in its pane, by stream, pane and emote.
    many: HashMap<(u32, i64, u32), u32, ahash::RandomState>,
    /// Numbers of users with long names.
    users: HashMap<Box<[u8]>, u32, ahash::RandomState>,
    table: Table,
    used: usize,
    /// The value of `next` when the table was last rebuilt.
    compacted: i64,
    waiting: [Waiting; PREFETCHED],
    nwaiting: usize,
    ahead: Vec<Vec<u8>>,
    ahead_kind: Vec<usize>,
    pub rows: Rows,
    /// Uses of each emote in the window that closes.
    tally: Vec<u32>,
    /// The score of a message with up to 15 positive and up to 15 negative words.
    scores: Box<[f64; 256]>,
    /// The table before the last rebuild, for the next.
    spare: Option<Table>,
}
/// The windows that contain a pane of the mask: those that start with it or up to five panes
/// earlier.
#[inline(always)]
fn cover(m: u64) -> u64 {
    let x2 = m | m.rotate_right(1);
    let x4 = x2 | x2.rotate_right(2);
    x4 | x2.rotate_right(4)
}
impl Fold {
    pub fn new() -> Self {
        Fold {
            max: [i64::MIN; 2],
            ended: [false; 2],
            next: 0,
            next_end: i64::MAX,
            started: false,
            top: i64::MIN,
            ring: std::array::from_fn(|_| Position::default()),
            cur: vec![],
            names: Names::new(12),
            emotes: Names::new(8),
            many: HashMap::default(),
            users: HashMap::default(),
            table: Table::new(1 << 16),
            used: 0,
            compacted: 0,
            waiting: [Waiting { a: 0, b: 0, h: 0, stream: 0, pane: 0 }; PREFETCHED],
            nwaiting: 0,
            ahead: vec![],
            ahead_kind: vec![],
            rows: Rows::default(),
            tally: vec![],
            spare: None,
            scores: Box::new(std::array::from_fn(|i| {
                if i == 0 {
                    0.0
                } else {
                    ((i / 16) as f64 - (i % 16) as f64) / (i / 16 + i % 16) as f64
                }
            })),
        }
    }
    pub fn max(&self) -> [i64; 2] {
        self.max
    }

    /// Adds an event of a topic (0 chat, 1 viewers).
    #[inline(always)]
    pub fn event(&mut self, kind: usize, p: &[u8], ev: &Event, s: &Scratch, lex: &Lexicon) {
        self.add(kind, p, ev, s, lex);
        if ev.ts > self.max[kind] {
            self.max[kind] = ev.ts;
            if ev.ts - DELAY >= self.next_end {
                self.advance(lex)
            }
        }
    }
    #[inline(always)]
    fn add(&mut self, kind: usize, p: &[u8], ev: &Event, s: &Scratch, lex: &Lexicon) {
        let pane = ev.ts.div_euclid(PANE);
        if !self.started {
            // The first event may not be the earliest. This leaves room for disorder within a topic
            // and between the topics.
            self.started = true;
            self.next = pane - PANES - 12;
            self.compacted = self.next;
            self.next_end = (self.next + PANES) * PANE;
        }
        // A late event.
        if pane < self.next {
            return;
        }
        if pane > self.next + AHEAD {
            self.ahead.push(p.to_vec());
            self.ahead_kind.push(kind);
            return;
        }
        if pane > self.top {
            self.top = pane
        }
        let base: &[u8] = if ev.slow { &s.buf } else { p };
        let readable = base.len();
        let cut = |sp: Span| unsafe { base.get_unchecked(sp.0 as usize..sp.1 as usize) };
        let sid = self.names.id(cut(ev.stream), readable - ev.stream.0 as usize);
        if sid as usize == self.cur.len() {
            self.cur.push(0);
            for r in &mut self.ring {
                r.panes.push(Pane::default());
                r.diff.push(0);
            }
        }
        let slot = (pane & (RING - 1)) as usize;
        let pa = unsafe { self.ring.get_unchecked_mut(slot).panes.get_unchecked_mut(sid as usize) };
        if kind == 1 {
            pa.vn += 1;
            if !ev.viewers.is_nan() {
                pa.vsum += ev.viewers
            }
            return;
        }
        let m = cut(ev.msg);
        let (po, ne) = if ev.ascii { lex.ascii(m, readable - ev.msg.0 as usize) } else { lex.slow(m) };
        pa.n += 1;
        pa.score += if po | ne < 16 {
            self.scores[(po * 16 + ne) as usize]
        } else {
            (po as f64 - ne as f64) / (po + ne) as f64
        };
        pa.pos += (po > ne) as u32;
        pa.neg += (po < ne) as u32;
        for &e in &s.emotes {
            let id = self.emotes.id(cut(e), readable - e.0 as usize);
            if pa.emotes.len() < FEW_EMOTES {
                match pa.emotes.iter_mut().find(|x| x.0 == id) {
                    Some(x) => x.1 += 1,
                    None => pa.emotes.push((id, 1)),
                }
            } else if let Some(x) = pa.emotes[..FEW_EMOTES].iter_mut().find(|x| x.0 == id) {
                x.1 += 1;
            } else {
                let at = *self.many.entry((sid, pane, id)).or_insert(pa.emotes.len() as u32) as usize;
                if at == pa.emotes.len() {
                    pa.emotes.push((id, 0))
                }
                pa.emotes[at].1 += 1;
            }
        }
        if ev.user.0 != u32::MAX {
            let u = cut(ev.user);
            let (a, b) = if u.len() <= 11 {
                let k = unsafe { pack(u, readable - ev.user.0 as usize) };
                // 11 bytes of the user, the length of the name, 32 bits of the stream.
                (k as u64, ((k >> 64) as u64 & 0xff_ffff) | (u.len() as u64 + 1) << 24 | (sid as u64) << 32)
            } else {
                let id = match self.users.get(u) {
                    Some(&i) => i,
                    None => {
                        let i = self.users.len() as u32;
                        self.users.insert(u.into(), i);
                        i
                    }
                };
                (id as u64, 0xff << 24 | (sid as u64) << 32)
            };
            let h = (mix(a, b) >> 32) as u32;
            unsafe {
                _mm_prefetch(self.table.as_ptr().add(h as usize & (self.table.len() - 1)) as *const i8, _MM_HINT_T0);
                *self.waiting.get_unchecked_mut(self.nwaiting) = Waiting { a, b, h, stream: sid, pane };
            }
            self.nwaiting += 1;
            if self.nwaiting == PREFETCHED {
                self.settle()
            }
        }
    }
    /// Counts the users whose slots have been prefetched.
    #[inline(never)]
    fn settle(&mut self) {
        if self.used + PREFETCHED > self.table.len() / 4 * 3 {
            self.rebuild()
        }
        let live = self.live();
        let cap = self.table.len() - 1;
        for i in 0..self.nwaiting {
            let w = self.waiting[i];
            let mut at = w.h as usize & cap;
            let slot = loop {
                let s = unsafe { self.table.get_unchecked_mut(at) };
                if s.a == w.a && s.b == w.b {
                    break s;
                }
                if s.b == 0 {
                    *s = Slot { a: w.a, b: w.b, mask: 0 };
                    self.used += 1;
                    break s;
                }
                at = (at + 1) & cap;
            };
            let old = slot.mask & live;
            let bit = 1u64 << (w.pane & 63);
            if old & bit != 0 {
                continue;
            }
            slot.mask = old | bit;
            // The windows from pane - 5 to pane that did not contain the user yet are one run.
            let first = w.pane - PANES + 1;
            let new = (!cover(old)).rotate_right((first & 63) as u32) & 0b111111;
            if new == 0 {
                continue;
            }
            let lo = (first + new.trailing_zeros() as i64).max(self.next);
            let hi = first + (63 - new.leading_zeros() as i64) + 1;
            if lo < hi {
                unsafe {
                    *self.ring[(lo & 63) as usize].diff.get_unchecked_mut(w.stream as usize) += 1;
                    *self.ring[(hi & 63) as usize].diff.get_unchecked_mut(w.stream as usize) -= 1;
                }
            }
        }
        self.nwaiting = 0;
    }
    /// The bits of the panes from `next` on.
    #[inline(always)]
    fn live(&self) -> u64 {
        (u64::MAX >> 6).rotate_left((self.next & 63) as u32)
    }
    /// Drops the pairs of closed windows from the table, and grows it if the rest needs more room.
    #[inline(never)]
    fn rebuild(&mut self) {
        let live = self.live();
        let keep = self.table.iter().filter(|s| s.b != 0 && s.mask & live != 0).count();
        let mut cap = self.table.len();
        while keep * 2 > cap {
            cap *= 2
        }
        let new = match self.spare.take() {
            Some(mut t) if t.len() == cap => {
                t.clear();
                t
            }
            _ => Table::new(cap),
        };
        let old = std::mem::replace(&mut self.table, new);
        self.used = keep;
        for &s in old.iter() {
            if s.b != 0 && s.mask & live != 0 {
                let mut at = (mix(s.a, s.b) >> 32) as usize & (cap - 1);
                while self.table[at].b != 0 {
                    at = (at + 1) & (cap - 1)
                }
                self.table[at] = Slot { mask: s.mask & live, ..s };
            }
        }
        self.compacted = self.next;
        self.spare = Some(old);
    }
    /// Notes the end of a topic: it does not hold the watermark back any more.
    pub fn end(&mut self, kind: usize, lex: &Lexicon) {
        self.ended[kind] = true;
        self.advance(lex)
    }
    /// Closes all windows up to the watermark.
    #[inline(never)]
    fn advance(&mut self, lex: &Lexicon) {
        let m = |k: usize| if self.ended[k] { i64::MAX } else { self.max[k] };
        let mut low = m(0).min(m(1));
        if low == i64::MAX {
            low = self.max[0].max(self.max[1])
        }
        if low == i64::MIN || !self.started {
            return;
        }
        let wm = low - DELAY;
        while wm >= (self.next + PANES) * PANE {
            self.settle();
            if self.next > self.top {
                // No pane has an event: skip to the watermark, or to the first event ahead.
                let to = wm.div_euclid(PANE) - PANES + 1;
                let first = self.ahead_first();
                self.next = to.min(first - PANES + 1).max(self.next);
            } else {
                self.close();
                self.next += 1;
            }
            if self.next - self.compacted >= 6 {
                self.rebuild()
            }
            if !self.ahead.is_empty() {
                self.retry(lex)
            }
            if self.next > self.top && (self.next + PANES) * PANE > wm {
                break;
            }
        }
        self.next_end = (self.next + PANES) * PANE;
    }
    /// The earliest pane of the events ahead.
    fn ahead_first(&self) -> i64 {
        let mut s = Scratch::new();
        self.ahead
            .iter()
            .filter_map(|p| crate::json::decode(p, &mut s))
            .map(|e| e.ts.div_euclid(PANE))
            .min()
            .unwrap_or(i64::MAX / PANE / 2)
    }
    /// Adds the events ahead if they are near enough now.
    #[cold]
    fn retry(&mut self, lex: &Lexicon) {
        if self.ahead_first() > self.next + AHEAD {
            return;
        }
        let (l, k) = (std::mem::take(&mut self.ahead), std::mem::take(&mut self.ahead_kind));
        let mut s = Scratch::new();
        for (p, k) in l.iter().zip(k) {
            if let Some(ev) = crate::json::decode(p, &mut s) {
                self.add(k, p, &ev, &s, lex)
            }
        }
    }
    /// Makes the rows of the window that starts at `next`.
    #[inline(never)]
    fn close(&mut self) {
        let s = self.next;
        let r = &mut self.rows;
        if self.tally.len() < self.emotes.list.len() {
            self.tally.resize(self.emotes.list.len(), 0)
        }
        let mut seen: Vec<u32> = Vec::new();
        for i in 0..self.cur.len() {
            self.cur[i] += std::mem::take(&mut self.ring[(s & 63) as usize].diff[i]);
            let (mut n, mut pos, mut neg, mut vn, mut score, mut vsum) = (0, 0, 0, 0, 0.0, 0.0);
            for p in s..s + PANES {
                let a = &self.ring[(p & 63) as usize].panes[i];
                n += a.n;
                pos += a.pos;
                neg += a.neg;
                vn += a.vn;
                score += a.score;
                vsum += a.vsum;
                for &(e, c) in &a.emotes {
                    if self.tally[e as usize] == 0 {
                        seen.push(e)
                    }
                    self.tally[e as usize] += c;
                }
            }
            if n + vn > 0 {
                let t = &self.tally;
                let names = &self.emotes.list;
                seen.sort_unstable_by(|&a, &b| {
                    t[b as usize].cmp(&t[a as usize]).then_with(|| names[a as usize].cmp(&names[b as usize]))
                });
                r.stream.push(self.names.list[i].clone());
                r.start.push(s * PANE);
                r.count.push(n as i32);
                r.uniq.push(self.cur[i]);
                r.sentiment.push((n > 0).then(|| score / n as f64));
                r.pos.push(pos as i32);
                r.neg.push(neg as i32);
                r.viewers.push((vn > 0).then(|| vsum / vn as f64));
                r.emotes.push(seen.iter().take(10).map(|&e| names[e as usize].clone()).collect());
            }
            for &e in &seen {
                self.tally[e as usize] = 0
            }
            seen.clear();
            let a = &mut self.ring[(s & 63) as usize].panes[i];
            for &(e, _) in a.emotes.iter().skip(FEW_EMOTES) {
                self.many.remove(&(i as u32, s, e));
            }
            a.emotes.clear();
            (a.n, a.pos, a.neg, a.vn, a.score, a.vsum) = (0, 0, 0, 0, 0.0, 0.0);
        }
    }
}
